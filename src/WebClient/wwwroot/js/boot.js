// Starts the application, and shows an error when the start fails. A file that cannot be loaded causes an unhandled promise rejection.
function giveUp() {
  const boot = document.querySelector('.boot');
  if (!boot || boot.querySelector('button')) {
    return;
  }

  const text = document.createElement('p');
  text.setAttribute('role', 'alert');
  text.textContent = 'CleanMessaging could not be loaded. Check your connection, then try again.';
  const again = document.createElement('button');
  again.className = 'button';
  again.textContent = 'Try again';
  again.addEventListener('click', () => location.reload());
  boot.removeAttribute('aria-busy');
  boot.replaceChildren(boot.querySelector('h1'), text, again);
}

addEventListener('unhandledrejection', giveUp);
Blazor.start().catch(giveUp);
