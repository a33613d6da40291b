// Before the first paint: the theme that the user has chosen. Without a choice, the system's holds.
try {
  const { pathname } = new URL(document.baseURI);
  const theme = localStorage.getItem(pathname === '/' ? 'cleanmessaging:theme' : `cleanmessaging:${pathname}:theme`);
  if (theme === 'light' || theme === 'dark') {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // The browser keeps nothing for this page, so there is no choice.
}
