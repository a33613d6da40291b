// What markup alone cannot do: focus, dialogs, a log that stays where its reader is, a text field that grows.

const find = id => document.getElementById(id);

export const focus = id => find(id)?.focus();

export const reveal = id => find(id)?.scrollIntoView({ block: 'nearest' });

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

// Keeps a log at its end while its reader is there, and otherwise the rows in view where they are while rows are added, removed or resized. Only some of
// the rows are in the page; a gap before them and one after them stand for the others, as many as their data-rows says.
// onView: the first and the last row in view. onBlank: no row is in view. onNear: the reader nears the first or the last row of all.
// onEnd: the reader has come to the end, or has left it.
export function watchLog(id, onView, onBlank, onNear, onEnd) {
  const log = find(id);
  const rows = log.getElementsByClassName('message');
  const [before, after] = log.getElementsByClassName('log-gap');
  const nearEdge = 600;
  const nearEnd = 40;
  const belowTop = 52;
  const usualHeight = 48;
  const viewPause = 50;
  const manyRows = 400;
  let atEnd = true;
  let anchors = [];
  let beforeHeight = 0;
  let view = null;
  let reportedView = '';
  let viewTimer = 0;
  let blankTimer = 0;
  let current = null;
  let focused = null;

  const rowsOf = gap => Number(gap.dataset.rows);
  const follows = () => 'follows' in log.dataset;
  const offsetOf = row => row.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const placeOf = row => offsetOf(row) + log.scrollTop;
  const fromEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight;
  const isAtEnd = () => follows() && rowsOf(after) === 0 && fromEnd() <= nearEnd;

  const averageHeight = () => rows.length === 0
    ? usualHeight
    : (rows[rows.length - 1].getBoundingClientRect().bottom - rows[0].getBoundingClientRect().top) / rows.length;

  const setBefore = height => {
    beforeHeight = height;
    before.style.height = `${height}px`;
  };

  // The view is reported at most so often, in its latest state.
  const reportView = () => {
    viewTimer ||= setTimeout(() => {
      viewTimer = 0;
      const shown = view?.join();
      if (view && shown !== reportedView && log.isConnected) {
        reportedView = shown;
        onView(...view);
      }
    }, viewPause);
  };

  // In a task of its own: what it draws is measured before anything else is.
  const reportBlank = () => {
    blankTimer ||= setTimeout(() => {
      blankTimer = 0;
      reportPlaceInGap();
    });
  };

  const reportPlaceInGap = () => {
    if (rows.length === 0 || anchors.length > 0) {
      return;
    }
    const middle = log.scrollTop + log.clientHeight / 2;
    const gap = placeOf(rows[0]) > middle ? before : after;
    const height = gap.getBoundingClientRect().height;
    if (rowsOf(gap) > 0 && height > 0) {
      onBlank(gap === before, Math.min(1, Math.max(0, (middle - placeOf(gap)) / height)));
    }
  };

  // The rows in view, found by halving: the first of them that is still there holds the view. Those of which most is in view are reported.
  const remember = () => {
    const height = log.clientHeight;
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (offsetOf(rows[middle]) + rows[middle].offsetHeight <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    anchors = [];
    let [first, last] = [null, null];
    for (let place = low; place < rows.length; place++) {
      const row = rows[place];
      const offset = offsetOf(row);
      if (offset >= height) {
        break;
      }
      anchors.push({ row, place: offset + log.scrollTop });
      const inView = Math.min(offset + row.offsetHeight, height) - Math.max(offset, 0);
      if (inView * 2 >= Math.min(row.offsetHeight, height)) {
        first ??= row;
        last = row;
      }
    }
    view = first && [first.dataset.key, last.dataset.key];
    if (view) {
      reportView();
    } else if (anchors.length === 0 && rows.length > 0) {
      reportBlank();
    }
  };

  const noteEnd = () => {
    const now = isAtEnd();
    if (now !== atEnd) {
      atEnd = now;
      onEnd(now);
    }
  };

  const noteNear = () => {
    if (rowsOf(before) === 0 && log.scrollTop < nearEdge) {
      onNear(true);
    }
    if (rowsOf(after) === 0 && !follows() && fromEnd() < nearEdge) {
      onNear(false);
    }
  };

  // Where there are many, rows that were drawn once are passed over by the browser while they are out of view; it knows their sizes by then. Where there
  // are few, that would gain nothing, and a text that is copied would lack them.
  const restRows = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    if (rows.length > manyRows) {
      for (const row of log.querySelectorAll('.message:not([data-rested])')) {
        row.dataset.rested = '';
      }
    }
  }));

  // What has moved the rows is made up for by the gap before them, as far as it can be, so that the reader's own scrolling is not disturbed.
  const holdView = anchor => {
    const moved = placeOf(anchor.row) - anchor.place;
    setBefore(rowsOf(before) === 0 ? 0 : Math.max(0, beforeHeight - moved));
    const left = placeOf(anchor.row) - anchor.place;
    if (Math.abs(left) >= 1) {
      log.scrollTop += left;
    }
  };

  const settle = () => {
    // While it is measured it is long enough for any place, so that the browser does not scroll for want of one.
    after.style.height = '1000000px';
    const height = averageHeight();
    const anchor = anchors.find(one => one.row.isConnected);
    const staysAtEnd = atEnd && follows() && rowsOf(after) === 0;
    if (anchor && !staysAtEnd) {
      holdView(anchor);
    } else {
      setBefore(rowsOf(before) * height);
    }
    after.style.height = `${rowsOf(after) * height}px`;
    if (staysAtEnd) {
      log.scrollTop = log.scrollHeight;
    }
    if (focused && !focused.isConnected && document.activeElement === document.body) {
      log.focus({ preventScroll: true });
    }
    remember();
    restRows();
  };

  log.addEventListener('scroll', () => {
    noteEnd();
    remember();
    noteNear();
  }, { passive: true });

  const changes = new MutationObserver(settle);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  const sizes = new ResizeObserver(settle);
  sizes.observe(log);
  sizes.observe(log.firstElementChild);

  // What was drawn just now is taken into account first.
  const move = scroll => {
    changes.takeRecords();
    settle();
    scroll();
    noteEnd();
    remember();
    reportedView = '';
    reportView();
  };

  log.goToEnd = () => move(() => { log.scrollTop = log.scrollHeight; });

  // Where reading goes on: at the first unread message when the rest does not fit, otherwise at the end.
  log.start = () => move(() => {
    atEnd = true;
    log.scrollTop = log.scrollHeight;
    const line = log.querySelector('.unread-line');
    if (line && (offsetOf(line) < 0 || !follows())) {
      log.scrollTop += offsetOf(line) - belowTop;
    }
  });

  log.showRow = key => move(() => {
    const row = log.querySelector(`[data-key="${key}"]`);
    if (row) {
      log.scrollTop += offsetOf(row) - 2 * belowTop;
    }
  });

  log.reportView = () => {
    reportedView = '';
    reportView();
  };

  // The keyboard: Tab comes to what is in view and to nothing beyond it, which would scroll the reader away. One row in view can have the focus, the one
  // that had it last or the newest; from it the arrow keys lead to the others.
  const keepCurrent = row => {
    current?.removeAttribute('tabindex');
    current = row;
    if (current) {
      current.tabIndex = 0;
    }
  };

  const arrangeTabs = () => {
    const inView = new Set(anchors.map(one => one.row));
    for (const element of log.querySelectorAll('a, button')) {
      const row = element.closest('.message');
      const offset = row ? 0 : offsetOf(element);
      element.tabIndex = (row ? inView.has(row) : offset >= 0 && offset < log.clientHeight) ? 0 : -1;
    }
    if (!inView.has(current)) {
      keepCurrent(anchors.findLast(one => offsetOf(one.row) + one.row.offsetHeight <= log.clientHeight)?.row ?? anchors[0]?.row);
    }
  };

  const onTab = event => {
    if (!log.isConnected) {
      document.removeEventListener('keydown', onTab, true);
    } else if (event.key === 'Tab') {
      arrangeTabs();
    }
  };
  document.addEventListener('keydown', onTab, true);

  log.addEventListener('keydown', event => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.classList.contains('message')) {
      return;
    }
    const next = rows[[...rows].indexOf(event.target) + step];
    if (next) {
      event.preventDefault();
      keepCurrent(next);
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: 'nearest' });
    }
  });
  log.addEventListener('focusin', event => { focused = event.target; });
  log.addEventListener('focusout', event => {
    if (event.relatedTarget) {
      focused = null;
    }
  });
}

export const startLog = id => find(id)?.start();
export const goToEnd = id => find(id)?.goToEnd();
export const showRow = (id, key) => find(id)?.showRow(key);
export const reportView = id => find(id)?.reportView();
