// Before anything is drawn: the theme that was chosen, where one was.
{
  const root = document.documentElement
  root.classList.add('js')
  try {
    const theme = localStorage.getItem('theme')
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  } catch {
    // A browser that keeps nothing follows the system.
  }
}
