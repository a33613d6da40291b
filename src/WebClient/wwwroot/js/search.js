// The search in messages: its shortcut, the keys within it, and the focus before and after it.

const find = id => document.getElementById(id);
let origin = null;

const isShown = element => element?.isConnected && element.getClientRects().length > 0;

// The shortcut is Ctrl+Shift+F, also on keyboards without Latin letters.
const isShortcut = event => (event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey
  && (/^[a-z]$/i.test(event.key) ? event.key.toLowerCase() === 'f' : event.code === 'KeyF');

// onShow: the shortcut was pressed. onClose: Escape was pressed. onSearch: Enter was pressed in the field.
export function watchSearch(id, fieldId, onShow, onClose, onSearch) {
  const search = find(id);
  const hits = () => [...search.querySelectorAll('.hit')];

  const onKey = event => {
    if (!search.isConnected) {
      document.removeEventListener('keydown', onKey);
    } else if (isShortcut(event) && !document.querySelector('dialog[open]')) {
      event.preventDefault();
      onShow();
    }
  };
  document.addEventListener('keydown', onKey);

  // Returns the element to which a key moves the focus.
  const next = (key, target) => {
    const all = hits();
    const place = all.indexOf(target);
    if (place < 0 && target.id !== fieldId) {
      return null;
    }
    switch (key) {
      case 'ArrowDown': return all[place + 1];
      case 'ArrowUp': return place < 0 ? null : all[place - 1] ?? find(fieldId);
      case 'Home': return place < 0 ? null : all[0];
      case 'End': return place < 0 ? null : all.at(-1);
      default: return null;
    }
  };

  search.addEventListener('keydown', event => {
    if (event.isComposing) {
      return;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      onClose();
    } else if (event.key === 'Enter' && event.target.id === fieldId) {
      event.preventDefault();
      onSearch();
    } else {
      const element = next(event.key, event.target.closest('.hit') ?? event.target);
      if (element) {
        event.preventDefault();
        element.focus();
      }
    }
  });
}

// Remembers which element has the focus outside of the search, to return there.
export function noteOrigin(id) {
  const active = document.activeElement;
  if (active && active !== document.body && !find(id)?.contains(active)) {
    origin = active;
  }
}

// Moves the focus to the field and selects its text, so that typing replaces it.
export function enterSearch(fieldId) {
  find(fieldId)?.focus();
  find(fieldId)?.select();
}

// Moves the focus back to where it was before the search, or otherwise to a fallback.
export function leaveSearch(fallbackId) {
  (isShown(origin) ? origin : find(fallbackId))?.focus();
  origin = null;
}
