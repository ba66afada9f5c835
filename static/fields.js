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

/** The name in the address; of one that was cut, as it is. */
function wantedField() {
  const given = location.hash.slice(1)
  try {
    return decodeURIComponent(given)
  } catch {
    return given
  }
}

function open() {
  const wanted = wantedField()
  const target = document.getElementById(wanted)
  if (target === null) {
    follow(wanted)
    return
  }
  for (let each = target; each !== null; each = each.parentElement?.closest('details') ?? null)
    if (each.matches('details')) each.open = true
  target.scrollIntoView()
}

/** A field that is too deep for this page is on the one of a field above it. @param {string} wanted */
function follow(wanted) {
  for (const link of document.querySelectorAll('a.more')) {
    const above = link.closest('.field').id
    if (wanted.startsWith(`${above}.`)) location.replace(`${link.href}#${encodeURIComponent(wanted)}`)
  }
}

addEventListener('hashchange', open)
open()
