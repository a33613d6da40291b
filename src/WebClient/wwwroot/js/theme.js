// Applies the user's theme before the first paint. Without a choice, the system's theme applies.
try {
  const { pathname } = new URL(document.baseURI);
  const theme = localStorage.getItem(pathname === '/' ? 'cleanmessaging:theme' : `cleanmessaging:${pathname}:theme`);
  if (theme === 'light' || theme === 'dark') {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // Local storage is blocked, so there is no stored choice.
}
