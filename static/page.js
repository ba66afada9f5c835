// What every page gains by script: theme, copy buttons, keys, marks of where one is, search as one types.
import { suggest } from './suggest.js'

const $ = (selector, from = document) => from.querySelector(selector)
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)]

/**
 * @param {string} text
 * @param {string} className
 */
function button(text, className) {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = className
  made.textContent = text
  return made
}

const THEMES = ['auto', 'light', 'dark']

function themeButton() {
  const root = document.documentElement
  const made = button('', 'theme')
  const show = () => {
    const theme = root.dataset.theme ?? 'auto'
    made.textContent = { auto: '◐', light: '☀', dark: '☾' }[theme]
    made.setAttribute('aria-label', `Theme: ${theme}`)
    made.title = `Theme: ${theme}`
  }
  made.addEventListener('click', () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? 'auto') + 1) % THEMES.length]
    if (next === 'auto') delete root.dataset.theme
    else root.dataset.theme = next
    try {
      if (next === 'auto') localStorage.removeItem('theme')
      else localStorage.setItem('theme', next)
    } catch {
      // It holds for this page.
    }
    show()
  })
  show()
  $('header.top')?.append(made)
}

const said = document.createElement('p')
said.className = 'hidden'
said.setAttribute('role', 'status')

function copyButtons() {
  for (const block of $$('pre')) {
    const around = document.createElement('div')
    around.className = 'copyable'
    block.replaceWith(around)
    const made = button('Copy', 'copy')
    const tell = () => {
      made.textContent = 'Copied'
      said.textContent = 'Copied'
      setTimeout(() => {
        made.textContent = 'Copy'
        said.textContent = ''
      }, 1500)
    }
    made.addEventListener('click', () => void navigator.clipboard.writeText(block.textContent ?? '').then(tell))
    around.append(block, made)
    if (block.scrollWidth > block.clientWidth || block.classList.contains('lines')) around.append(wrapButton(block))
  }
}

/** Long lines are folded, or scrolled. @param {Element} block */
function wrapButton(block) {
  const made = button('Wrap', 'copy wrap')
  made.setAttribute('aria-pressed', 'false')
  made.addEventListener('click', () => {
    made.setAttribute('aria-pressed', String(block.classList.toggle('wrapped')))
  })
  return made
}

function headingAnchors() {
  for (const heading of $$('main :is(h2, h3, h4)[id]')) {
    if ($('a', heading) !== null) continue
    const link = document.createElement('a')
    link.href = `#${heading.id}`
    link.className = 'anchor'
    link.textContent = '#'
    link.setAttribute('aria-label', `Link to ${heading.textContent}`)
    heading.append(' ', link)
  }
}

/** Long names in tables and contents are broken where their parts end, not within a word. */
function breakNames() {
  for (const each of $$('.prose td :is(code, a), .contents a')) {
    if (each.firstElementChild !== null) continue
    const parts = each.textContent.split(/(?<=[._/])(?=\w)/)
    each.replaceChildren(...parts.flatMap((part, at) => (at === 0 ? [part] : [document.createElement('wbr'), part])))
  }
}

/** Marks in the contents the section that is being read. */
function currentSection() {
  const links = $$('.contents a')
  const byId = new Map(links.map((link) => [decodeURIComponent(link.hash.slice(1)), link]))
  const watch = new IntersectionObserver(
    (entries) => {
      const seen = entries.filter((each) => each.isIntersecting)
      if (seen.length === 0) return
      for (const link of links) link.removeAttribute('aria-current')
      byId.get(seen[0].target.id)?.setAttribute('aria-current', 'true')
    },
    { rootMargin: '-56px 0px -70% 0px' },
  )
  for (const id of byId.keys()) {
    const target = document.getElementById(id)
    if (target !== null) watch.observe(target)
  }
}

const MOVES = '.hits h2 a, .ways h3 a, .ways h2 a, .fields > .field > summary, main .list a, main td:first-child a, .prose h2[id]'

/** @param {1 | -1} step */
function move(step) {
  const stops = $$(MOVES).filter((each) => each.getClientRects().length > 0)
  if (stops.length === 0) return
  const at = stops.indexOf(document.activeElement)
  const next = stops[at < 0 ? (step > 0 ? 0 : stops.length - 1) : Math.min(Math.max(at + step, 0), stops.length - 1)]
  if (next.tabIndex < 0 && !next.hasAttribute('tabindex')) next.setAttribute('tabindex', '-1')
  next.focus()
  next.scrollIntoView({ block: 'nearest' })
}

const KEYS = [
  ['/', 'Search'],
  ['j, k', 'Next, previous'],
  ['Enter', 'Open'],
  ['?', 'These keys'],
  ['Esc', 'Close, leave the search'],
]

function helpDialog() {
  const dialog = document.createElement('dialog')
  dialog.setAttribute('aria-label', 'Keys')
  const list = document.createElement('dl')
  list.className = 'facts'
  for (const [key, about] of KEYS) {
    const [term, text] = [document.createElement('dt'), document.createElement('dd')]
    term.append(Object.assign(document.createElement('kbd'), { textContent: key }))
    text.textContent = about
    list.append(term, text)
  }
  const close = button('Close', 'plain')
  close.addEventListener('click', () => dialog.close())
  dialog.append(Object.assign(document.createElement('h2'), { textContent: 'Keys' }), list, close)
  document.body.append(dialog)
  return dialog
}

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null

function keys() {
  let dialog
  const help = () => {
    dialog ??= helpDialog()
    if (!dialog.open) dialog.showModal()
  }
  const search = () => {
    const field = $('main input[type=search]') ?? $('#top-search')
    field?.focus()
    field?.select()
  }
  const actions = new Map([
    ['/', search],
    ['j', () => move(1)],
    ['k', () => move(-1)],
    ['?', help],
  ])
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.key === 'Escape' && isTyping(event.target)) {
      event.target.blur()
      return
    }
    const action = isTyping(event.target) || dialog?.open ? undefined : actions.get(event.key)
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}

document.body.append(said)
themeButton()
copyButtons()
headingAnchors()
breakNames()
currentSection()
keys()
for (const form of $$('form.search')) suggest(form)
$('.tree [aria-current]')?.scrollIntoView({ block: 'nearest' })
