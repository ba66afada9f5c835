// Search as one types: a list below the field, for keyboard and screen reader (ARIA 1.2, combobox).

const WAIT = 120
const MOST = 8

/** @param {HTMLFormElement} form */
export function suggest(form) {
  const field = form.querySelector('input[type=search]')
  if (field === null) return
  const list = document.createElement('ul')
  list.id = `${field.id}-list`
  list.className = 'suggestions'
  list.hidden = true
  list.setAttribute('role', 'listbox')
  list.setAttribute('aria-label', 'Suggestions')
  form.append(list)
  for (const [name, value] of Object.entries({
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': list.id,
    'aria-autocomplete': 'list',
  }))
    field.setAttribute(name, value)

  let timer
  let asked = new AbortController()
  let at = -1

  const close = () => {
    list.hidden = true
    at = -1
    field.setAttribute('aria-expanded', 'false')
    field.removeAttribute('aria-activedescendant')
  }
  const show = (hits) => {
    list.replaceChildren(...hits.map((hit, index) => option(hit, `${list.id}-${index}`)))
    list.hidden = hits.length === 0
    at = -1
    field.setAttribute('aria-expanded', String(hits.length > 0))
    field.removeAttribute('aria-activedescendant')
  }
  const choose = (step) => {
    const options = [...list.children]
    if (list.hidden || options.length === 0) return
    options[at]?.setAttribute('aria-selected', 'false')
    at = (at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length
    options[at].setAttribute('aria-selected', 'true')
    options[at].scrollIntoView({ block: 'nearest' })
    field.setAttribute('aria-activedescendant', options[at].id)
  }
  const ask = async () => {
    asked.abort()
    asked = new AbortController()
    const query = field.value.trim()
    if (query.length < 2) return close()
    try {
      const url = `/search?q=${encodeURIComponent(query.slice(0, 300))}&limit=${MOST}&typing=true`
      const response = await fetch(url, { headers: { accept: 'application/json' }, signal: asked.signal })
      if (!response.ok || document.activeElement !== field) return close()
      const { hits } = await response.json()
      // Who is choosing already is not made to begin again.
      if (at < 0) show(hits)
    } catch {
      // It was asked again, or the server is away: Enter asks for the page.
    }
  }

  field.addEventListener('input', () => {
    at = -1
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), WAIT)
  })
  field.addEventListener('blur', close)
  field.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) choose(step)
    else if (event.key === 'Enter' && at >= 0) list.children[at].click()
    else if (event.key === 'Escape' && !list.hidden) close()
    else return
    event.preventDefault()
  })
}

function option({ title, url, section, source }, id) {
  const item = document.createElement('li')
  item.id = id
  item.setAttribute('role', 'option')
  item.setAttribute('aria-selected', 'false')
  // Hits lead to places of this server only.
  item.dataset.url = /^\/(?!\/)/.test(url) ? url : '/search'
  const name = document.createElement('span')
  name.className = 'title'
  name.textContent = title
  const about = document.createElement('span')
  about.className = 'quiet small'
  about.textContent = [source, section === title ? undefined : section].filter(Boolean).join(' · ')
  item.append(name, about)
  // The field loses its focus with the press, and the list would be gone before the click.
  item.addEventListener('mousedown', (event) => event.preventDefault())
  item.addEventListener('click', () => location.assign(item.dataset.url))
  return item
}
