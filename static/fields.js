// The tree of a kind's fields: links to each, and what a link names is opened.

for (const field of document.querySelectorAll('.field')) {
  const link = document.createElement('a')
  link.href = `#${encodeURIComponent(field.id)}`
  link.className = 'anchor'
  link.textContent = '#'
  link.setAttribute('aria-label', `Link to ${field.id}`)
  const name = field.querySelector('.name')
  // A link inside a summary would be a control inside a control: it stands before what the field says.
  if (field.matches('details')) field.querySelector('summary').after(link)
  else name?.parentElement?.insertBefore(link, name)
}

function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target === null) return
  for (let each = target; each !== null; each = each.parentElement?.closest('details') ?? null)
    if (each.matches('details')) each.open = true
  target.scrollIntoView()
}

addEventListener('hashchange', open)
open()
