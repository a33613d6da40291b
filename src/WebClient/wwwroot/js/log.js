// The message log: its scroll position, which rows are in view, and keyboard navigation.

import { watchDays } from './days.js';

const find = id => document.getElementById(id);

// Keeps the scroll position of the log while rows are added, removed or resized: at the end if the reader is there, otherwise at the rows in view.
// Only some of the rows are rendered. A gap before and a gap after them replace the others; data-rows is the number of rows in each gap.
// onView: the first and the last row in view. onBlank: no row is in view. onNear: the reader is near the first or the last row of all.
// onEnd: the reader has reached or left the end.
export function watchLog(id, onView, onBlank, onNear, onEnd) {
  const log = find(id);
  const rows = log.getElementsByClassName('message');
  const [before, after] = log.getElementsByClassName('log-gap');
  const days = watchDays(log);
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

  // Reports the rows in view, throttled to one report per viewPause, with the latest state.
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

  // Reports in a separate task, so that the rows rendered for it are measured before other work.
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

  // Finds the rows in view with a binary search. The first of them that still exists anchors the scroll position. Rows that are mostly in view are reported.
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
    days.noteRow(anchors[0]?.row);
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

  // With many rows, marks rows that were rendered once, so that the browser skips them while they are out of view; their sizes are known. With few rows
  // this has no benefit, and a copied text would lack the skipped rows.
  const restRows = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    if (rows.length > manyRows) {
      for (const row of log.querySelectorAll('.message:not([data-rested])')) {
        row.dataset.rested = '';
      }
    }
  }));

  // Compensates for moved rows with the height of the gap before them if possible, because a change of scrollTop would disturb the reader's scrolling.
  const holdView = anchor => {
    const moved = placeOf(anchor.row) - anchor.place;
    setBefore(rowsOf(before) === 0 ? 0 : Math.max(0, beforeHeight - moved));
    const left = placeOf(anchor.row) - anchor.place;
    if (Math.abs(left) >= 1) {
      log.scrollTop += left;
    }
  };

  const settle = () => {
    // During the measurement, the gap is long enough for every scroll position, so that the browser does not clamp the position.
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
    days.noteScroll();
    noteEnd();
    remember();
    noteNear();
  }, { passive: true });

  const changes = new MutationObserver(settle);
  changes.observe(log, { childList: true, subtree: true, characterData: true });
  const sizes = new ResizeObserver(settle);
  sizes.observe(log);
  sizes.observe(log.firstElementChild);

  // Processes pending changes before the scroll.
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

  // Scrolls to the first unread message if the messages after it do not fit on the screen, otherwise to the end.
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

  log.pointOut = key => {
    log.showRow(key);
    const row = log.querySelector(`[data-key="${key}"]`);
    if (row) {
      keepCurrent(row);
      row.focus({ preventScroll: true });
      row.classList.add('pointed-out');
      setTimeout(() => row.classList.remove('pointed-out'), 2000);
    }
  };

  log.reportView = () => {
    reportedView = '';
    reportView();
  };

  // Keyboard navigation: Tab reaches only elements in view, because other elements would scroll the log. One row in view is focusable: the last focused
  // or the newest one. The arrow keys move to the other rows.
  // The button for the menu is reachable with Tab only in that row.
  const setTabIndex = (row, value) => {
    for (const element of row ? [row, ...row.querySelectorAll('.message-more')] : []) {
      element.tabIndex = value;
    }
  };

  const keepCurrent = row => {
    setTabIndex(current, -1);
    current?.removeAttribute('tabindex');
    current = row;
    setTabIndex(current, 0);
  };

  const arrangeTabs = () => {
    const inView = new Set(anchors.map(one => one.row));
    for (const element of log.querySelectorAll('a, button:not(.message-more), input')) {
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
export const pointOut = (id, key) => find(id)?.pointOut(key);
export const reportView = id => find(id)?.reportView();
