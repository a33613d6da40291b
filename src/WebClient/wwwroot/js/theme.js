// Before the first paint: the theme that the user has chosen. Without a choice, the system's holds.
const theme = localStorage.getItem('cleanmessaging:theme');
if (theme === 'light' || theme === 'dark') {
  document.documentElement.dataset.theme = theme;
}
