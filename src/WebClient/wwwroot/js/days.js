// The name of the day that stays at the top of the log: over messages, it is shown only while the reader scrolls.

const shownAfterScroll = 1000;

// Returns what to call after a scroll, and with the first row in view after a change of the rows or the scroll position.
export function watchDays(log) {
  let covering = null;
  let timer = 0;

  const noteScroll = () => {
    clearTimeout(timer);
    timer = setTimeout(() => log.classList.remove('scrolling'), shownAfterScroll);
    log.classList.add('scrolling');
  };

  // A name has left its own place, between two days, if it is not at the beginning of its day.
  const noteRow = row => {
    const day = row?.closest('.day');
    const name = day?.querySelector('.day-name');
    const moved = name ? name.getBoundingClientRect().top - day.getBoundingClientRect().top - parseFloat(getComputedStyle(name).marginTop) : 0;
    const now = moved > 1 ? name : null;
    if (now !== covering) {
      covering?.classList.remove('covering');
      now?.classList.add('covering');
      covering = now;
    }
  };

  return { noteScroll, noteRow };
}
