// The manifest follows the values as they are typed.

const form = document.querySelector('form[data-template]')
const command = document.querySelector('#command code')
const file = document.querySelector('#as-yaml')
const fault = document.querySelector('#fault')
let timer
let asked = new AbortController()

/** The query of the values that are not empty. A dry run is made when the form is sent, not with each key. */
function query() {
  return new URLSearchParams([...new FormData(form)].filter(([name, value]) => value !== '' && name !== 'validate'))
}

async function follow() {
  asked.abort()
  asked = new AbortController()
  const values = query()
  const page = `${form.getAttribute('action')}?${values}`
  const yaml = `${form.getAttribute('action')}?${new URLSearchParams([...values, ['format', 'yaml']])}`
  try {
    const response = await fetch(yaml, { headers: { accept: 'application/json' }, signal: asked.signal })
    fault.hidden = response.ok
    if (!response.ok) {
      const answer = await response.json()
      fault.textContent = [answer.detail, answer.next].filter(Boolean).join(' ')
      return
    }
    // The page colours it: the same address, as a browser asks for it.
    const shown = await fetch(page, { headers: { accept: 'text/html' }, signal: asked.signal })
    const made = new DOMParser().parseFromString(await shown.text(), 'text/html').querySelector('#yaml code')
    if (made !== null) document.querySelector('#yaml code').replaceWith(made)
    file.href = yaml
    const [, rest] = command.textContent.split('\n')
    const origin = /'(https?:\/\/[^/]+)/.exec(command.textContent)?.[1] ?? location.origin
    command.textContent = `curl -sf '${origin}${yaml.replaceAll("'", '%27')}' |\n${rest}`
    history.replaceState(null, '', page)
  } catch {
    // It was asked again, or the server is away: the button asks for the page.
  }
}

form?.addEventListener('input', () => {
  clearTimeout(timer)
  timer = setTimeout(() => void follow(), 200)
})
