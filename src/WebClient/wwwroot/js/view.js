// View functions that need JavaScript: focus, dialogs, and a text field that grows.

const find = id => document.getElementById(id);

export const focus = id => find(id)?.focus();

export const reveal = id => find(id)?.scrollIntoView({ block: 'nearest' });

// Moves the focus out of an element that is about to be removed, so that the focus is not lost.
export function passFocus(from, to) {
  if (find(from)?.contains(document.activeElement)) {
    focus(to);
  }
}

export const isWide = () => matchMedia('(min-width: 60rem) and (hover: hover)').matches;

export function openDialog(id) {
  const dialog = find(id);
  if (dialog && !dialog.open) {
    dialog.showModal();
  }
}

export const closeDialog = id => find(id)?.close();

// Selects the text and copies it. The Clipboard API is not used, because it exists only in secure contexts (https and localhost).
export function copy(id) {
  getSelection().selectAllChildren(find(id));
  return document.execCommand('copy');
}

// Enter sends on devices with a keyboard. Shift+Enter, and Enter on a touch screen, insert a new line. The up arrow in an empty field edits the last
// message.
export function watchComposer(id, onEditLast) {
  const field = find(id);
  field.form.addEventListener('keydown', event => {
    const cancel = [...field.form.querySelectorAll('[data-cancels]')].at(-1);
    if (event.key === 'Escape' && !event.isComposing && cancel) {
      // Otherwise the browser would close a dialog that the button has opened.
      event.preventDefault();
      cancel.click();
    }
  });
  field.addEventListener('keydown', event => {
    const sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing && !matchMedia('(pointer: coarse)').matches;
    if (sends) {
      event.preventDefault();
      field.form.requestSubmit();
    }
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
    if (event.key === 'ArrowUp' && isPlain && field.value === '') {
      event.preventDefault();
      onEditLast();
    }
  });
  field.form.addEventListener('submit', () => field.focus());
  field.addEventListener('input', () => fit(id));
  fit(id);
}

// Sets the height of the field to its text, within the limits of the style sheet. Browsers with field-sizing do this themselves.
export function fit(id) {
  const field = find(id);
  if (field && !CSS.supports('field-sizing', 'content')) {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }
}
