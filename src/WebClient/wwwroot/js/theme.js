// Before the first paint: the theme that the user has chosen. Without a choice, the system's holds.
try {
  const theme = localStorage.getItem('cleanmessaging:theme');
  if (theme === 'light' || theme === 'dark') {
    document.documentElement.dataset.theme = theme;
  }
} catch {
  // The browser keeps nothing for this page, so there is no choice.
}
