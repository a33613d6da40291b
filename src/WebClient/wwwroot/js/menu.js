// The menu of a row, which is a message in the log or a conversation in the list: opened with its button, a right click, a long press or the keyboard.

const find = id => document.getElementById(id);
const longPress = 500;
const margin = 8;

// onVersions: the key of an edited message whose versions are requested.
export function watchMessages(logId, menuId, onOpen, onVersions, onClosed) {
  watchMenu(find(logId), menuId, { row: '.message:not(.deleted)', button: '.message-more', anchor: '.bubble', isLink: false }, onOpen, onClosed);
  find(logId).addEventListener('click', event => {
    if (event.target.closest('.edited')) {
      onVersions(event.target.closest('.message').dataset.key);
    }
  });
}

export function watchConversations(listId, menuId, onOpen, onClosed) {
  watchMenu(find(listId), menuId, { row: '.conversation-row', button: '.row-more', anchor: '.conversation', isLink: true }, onOpen, onClosed);
}

// parts: the selectors of a row, its button and the element at which the keyboard opens the menu; isLink: whether the row is a link, which Enter follows.
// onOpen: the key of the row. The page renders the items of the menu and then calls openMenu. onClosed: the menu was closed without a choice.
function watchMenu(log, menuId, parts, onOpen, onClosed) {
  const menu = find(menuId);
  let place = { x: 0, top: 0, bottom: 0 };
  let origin = null;
  let press = 0;
  let isPressed = false;

  const isOpen = () => menu.matches(':popover-open');

  // The menu opens below or above the place, never under the pointer: a second click must not choose an item.
  const request = (row, x, top, bottom) => {
    const active = document.activeElement;
    origin = active && active !== document.body && !menu.contains(active) ? active : log;
    place = { x, top, bottom };
    onOpen(row.dataset.key);
  };

  const requestAt = (row, element) => {
    const box = element.getBoundingClientRect();
    request(row, box.left, box.top, box.bottom);
  };

  const rowOf = event => event.target.closest(parts.row);

  // Keeps the browser's own menu for links in a text and for selected text.
  const isNative = event => !parts.isLink && (event.target.closest('a') || !getSelection().isCollapsed);

  log.addEventListener('click', event => {
    // The end of a long press follows no link.
    if (isPressed) {
      isPressed = false;
      event.preventDefault();
      return;
    }
    const button = event.target.closest(parts.button);
    if (button) {
      requestAt(rowOf(event), button);
    }
  });

  log.addEventListener('contextmenu', event => {
    const row = rowOf(event);
    if (!row || isNative(event)) {
      return;
    }
    event.preventDefault();
    if (isOpen()) {
      return;
    }
    if (event.button === 2) {
      request(row, event.clientX, event.clientY - margin, event.clientY + margin);
    } else {
      requestAt(row, row.querySelector(parts.anchor));
    }
  });

  log.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target.matches(parts.row)) {
      event.preventDefault();
      requestAt(event.target, event.target.querySelector(parts.anchor));
    }
  });

  const endPress = () => {
    clearTimeout(press);
    press = 0;
  };

  log.addEventListener('pointerdown', event => {
    endPress();
    isPressed = false;
    const row = rowOf(event);
    if (event.pointerType === 'touch' && row && !event.target.closest(parts.isLink ? 'button' : 'a, button')) {
      press = setTimeout(() => {
        isPressed = parts.isLink;
        request(row, event.clientX, event.clientY - margin, event.clientY + margin);
      }, longPress);
    }
  });
  for (const name of ['pointerup', 'pointercancel', 'pointermove', 'scroll']) {
    log.addEventListener(name, endPress, { passive: true });
  }

  log.addEventListener('pointerup', () => setTimeout(() => { isPressed = false; }, longPress), { passive: true });

  const onPointerDown = event => {
    if (!menu.contains(event.target)) {
      close(false);
      onClosed();
    }
  };

  const close = returnsFocus => {
    document.removeEventListener('pointerdown', onPointerDown, true);
    if (isOpen()) {
      menu.hidePopover();
    }
    if (returnsFocus) {
      (origin?.isConnected ? origin : log).focus({ preventScroll: true });
    }
  };

  // The items by line. Reactions are next to each other; every other item has its own line.
  const lines = () => {
    const all = [];
    for (const item of menu.querySelectorAll('[role^=menuitem]')) {
      const line = item.closest('.menu-reactions') ?? item;
      if (all.at(-1)?.line === line) {
        all.at(-1).items.push(item);
      } else {
        all.push({ line, items: [item] });
      }
    }
    return all.map(({ items }) => items);
  };

  const wrap = (place, length) => (place + length) % length;

  // Returns the item to which a key moves the focus.
  const itemAt = key => {
    const all = lines();
    const row = all.findIndex(line => line.includes(document.activeElement));
    const column = Math.max(0, all[row]?.indexOf(document.activeElement) ?? 0);
    const inRow = place => all[Math.max(0, row)][wrap(place, all[Math.max(0, row)].length)];
    const inColumn = place => {
      const line = all[wrap(place, all.length)];
      return line[Math.min(column, line.length - 1)];
    };
    switch (key) {
      case 'ArrowDown': return inColumn(row + 1);
      case 'ArrowUp': return inColumn(Math.max(0, row) - 1);
      case 'ArrowRight': return inRow(column + 1);
      case 'ArrowLeft': return inRow(column - 1);
      case 'Home': return all[0][0];
      case 'End': return all.at(-1).at(-1);
      default: return null;
    }
  };

  menu.addEventListener('keydown', event => {
    const next = itemAt(event.key);
    if (next) {
      event.preventDefault();
      next.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      close(true);
      onClosed();
    }
  });

  menu.open = () => {
    if (!isOpen()) {
      menu.showPopover();
    }
    const box = menu.getBoundingClientRect();
    const below = place.bottom + box.height <= innerHeight - margin;
    menu.style.left = `${Math.max(margin, Math.min(place.x, innerWidth - box.width - margin))}px`;
    menu.style.top = `${Math.max(margin, below ? place.bottom : place.top - box.height)}px`;
    lines()[0]?.[0].focus();
    document.addEventListener('pointerdown', onPointerDown, true);
  };
  menu.close = () => close(true);
}

export const openMenu = id => find(id)?.open();
export const closeMenu = id => find(id)?.close();

// Copies the text of a message. The Clipboard API is not used, because it exists only in secure contexts (https and localhost).
export function copyMessage(logId, key) {
  const text = find(logId)?.querySelector(`[data-key="${key}"] .message-text`);
  if (!text) {
    return false;
  }
  text.classList.add('copied');
  getSelection().selectAllChildren(text);
  const isCopied = document.execCommand('copy');
  getSelection().removeAllRanges();
  text.classList.remove('copied');
  return isCopied;
}
