// Starts the application, and says so where it cannot be started.
Blazor.start().catch(error => {
  console.error(error);
  const text = document.createElement('p');
  text.setAttribute('role', 'alert');
  text.textContent = 'CleanMessaging could not be loaded. Check your connection, then try again.';
  const again = document.createElement('button');
  again.className = 'button';
  again.textContent = 'Try again';
  again.addEventListener('click', () => location.reload());
  document.querySelector('.boot').replaceChildren(text, again);
});
