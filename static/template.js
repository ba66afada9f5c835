// The manifest follows the values as they are typed.

const form = document.querySelector('form[data-template]')
const command = document.querySelector('#command code')
const file = document.querySelector('#as-yaml')
const fault = document.querySelector('#fault')
const address = `/templates/${form?.dataset.template}`
let timer
let asked = new AbortController()

/** The query of the values that are not empty, and of lists that would have their default again if they were not there. */
function query() {
  const given = [...new FormData(form)].filter(([, value]) => value !== '')
  const names = new Set(given.map(([name]) => name))
  const cleared = [...form.querySelectorAll('[data-list="preset"][id]')].filter(({ name }) => !names.has(name))
  return new URLSearchParams([...given, ...cleared.map(({ name }) => [name, ''])])
}

/** A list has one more field than entries. @param {HTMLInputElement} field */
function grow(field) {
  const all = form.querySelectorAll(`[name="${CSS.escape(field.name)}"]`)
  if (field.value === '' || field !== all[all.length - 1] || all.length >= Number(field.dataset.most)) return
  const next = field.cloneNode(false)
  next.value = ''
  next.removeAttribute('id')
  next.removeAttribute('aria-describedby')
  next.setAttribute('aria-label', `${field.name} ${all.length + 1}`)
  field.after(next)
}

async function follow() {
  asked.abort()
  asked = new AbortController()
  const values = query()
  const page = `${address}?${values}`
  const yaml = `${address}?${new URLSearchParams([...values, ['format', 'yaml']])}`
  try {
    const response = await fetch(yaml, { headers: { accept: 'application/json' }, signal: asked.signal })
    fault.hidden = response.ok
    if (!response.ok) {
      const answer = await response.json()
      fault.textContent = answer.detail
      return
    }
    // The page colours it: the same address, as a browser asks for it.
    const shown = await fetch(page, { headers: { accept: 'text/html' }, signal: asked.signal })
    const made = new DOMParser().parseFromString(await shown.text(), 'text/html').querySelector('#yaml code')
    if (made !== null) document.querySelector('#yaml code').replaceWith(made)
    // It was about other values.
    document.querySelector('#verdict')?.remove()
    file.href = yaml
    const [, rest] = command.textContent.split('\n')
    const origin = /'(https?:\/\/[^/]+)/.exec(command.textContent)?.[1] ?? location.origin
    command.textContent = `curl -sf '${origin}${yaml.replaceAll("'", '%27')}' |\n${rest}`
    history.replaceState(null, '', page)
  } catch {
    // It was asked again, or the server is away: the button asks for the page.
  }
}

form?.addEventListener('input', ({ target }) => {
  if (target.dataset.list !== undefined) grow(target)
  clearTimeout(timer)
  timer = setTimeout(() => void follow(), 200)
})
