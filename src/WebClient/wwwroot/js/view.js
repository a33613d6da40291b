// What markup alone cannot do: focus, dialogs, a log that stays where its reader is, a text field that grows.

const find = id => document.getElementById(id);

export const focus = id => find(id)?.focus();

// For what is about to go: whoever is on it is not left nowhere.
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

// What cannot be copied is selected all the same. The clipboard's own interface is there on https and on this machine alone.
export function copy(id) {
  getSelection().selectAllChildren(find(id));
  return document.execCommand('copy');
}

// Enter sends where there is a keyboard; Shift+Enter, and Enter on a touch screen, begin a new line.
export function watchComposer(id) {
  const field = find(id);
  field.addEventListener('keydown', event => {
    const sends = event.key === 'Enter' && !event.shiftKey && !event.isComposing && !matchMedia('(pointer: coarse)').matches;
    if (sends) {
      event.preventDefault();
      field.form.requestSubmit();
    }
  });
  field.form.addEventListener('submit', () => field.focus());
  field.addEventListener('input', () => fit(id));
  fit(id);
}

// As high as its text, within what the style sheet allows; where the browser does not see to it itself.
export function fit(id) {
  const field = find(id);
  if (field && !CSS.supports('field-sizing', 'content')) {
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }
}

// Keeps a log at its end while its reader is there, and otherwise what they look at where it is, whatever is added, goes or grows around it.
// onTop: the reader nears the top. onEnd: the reader has come to the end, or has left it.
export function watchLog(id, onTop, onEnd) {
  const log = find(id);
  const rows = log.getElementsByClassName('message');
  const nearTop = 600;
  const nearEnd = 40;
  let atEnd = true;
  let anchors = [];

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight <= nearEnd;

  const offsetOf = row => row.getBoundingClientRect().top - log.getBoundingClientRect().top;

  // The rows in view, found by halving: the first of them that is still there holds the view.
  const remember = () => {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsetOf(rows[middle]) + rows[middle].offsetHeight < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    anchors = [];
    for (let place = low; place < rows.length && anchors.length < 30; place++) {
      const offset = offsetOf(rows[place]);
      if (offset > log.clientHeight) {
        break;
      }
      anchors.push({ row: rows[place], offset });
    }
  };

  const noteEnd = () => {
    const now = isAtEnd();
    if (now !== atEnd) {
      atEnd = now;
      onEnd(now);
    }
  };

  const settle = () => {
    if (atEnd) {
      log.scrollTop = log.scrollHeight;
    } else {
      const anchor = anchors.find(one => one.row.isConnected);
      const moved = anchor ? offsetOf(anchor.row) - anchor.offset : 0;
      if (Math.abs(moved) >= 1) {
        log.scrollTop += moved;
      }
    }
    remember();
  };

  log.addEventListener('scroll', () => {
    noteEnd();
    remember();
    if (log.scrollTop < nearTop) {
      onTop();
    }
  }, { passive: true });

  const changes = new MutationObserver(settle);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  const sizes = new ResizeObserver(settle);
  sizes.observe(log);
  sizes.observe(log.firstElementChild);

  log.goToEnd = () => {
    log.scrollTop = log.scrollHeight;
    noteEnd();
    remember();
  };

  // Where reading goes on: at the first unread message when the rest does not fit, otherwise at the end.
  log.start = () => {
    atEnd = true;
    log.scrollTop = log.scrollHeight;
    const line = log.querySelector('.unread-line');
    if (line && offsetOf(line) < 0) {
      log.scrollTop += offsetOf(line) - 52;
    }
    noteEnd();
    remember();
  };

}

export const startLog = id => find(id)?.start();
export const goToEnd = id => find(id)?.goToEnd();
