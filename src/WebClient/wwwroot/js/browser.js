// Browser functions for the application: storage, locks between tabs, browser events, and local date and time formats.

// If the browser blocks local storage, the values are kept in memory until the page is closed or reloaded.
function findStorage() {
  try {
    localStorage.getItem('');
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: key => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: key => kept.delete(key),
      key: place => [...kept.keys()][place],
      get length() { return kept.size; },
    };
  }
}

const storage = findStorage();

export const place = () => new URL(document.baseURI).pathname;

export const read = key => storage.getItem(key);
export const write = (key, value) => { storage.setItem(key, value); };
export const erase = key => { storage.removeItem(key); };
export const keysWith = prefix =>
  Array.from({ length: storage.length }, (_, place) => storage.key(place)).filter(key => key.startsWith(prefix));

// Browsers provide navigator.locks only in secure contexts (https and localhost). Without it, the lock works only within this tab.
let turn = Promise.resolve();

function holdInThisTab() {
  let release;
  const mine = new Promise(resolve => { release = resolve; });
  const before = turn;
  turn = before.then(() => mine);
  return before.then(() => ({ release }));
}

// Waits until no other tab holds the lock, then resolves to an object that releases it.
export function hold(name) {
  if (!navigator.locks) {
    return holdInThisTab();
  }
  return new Promise((resolve, reject) => {
    navigator.locks.request(name, () => new Promise(release => resolve({ release }))).catch(reject);
  });
}

export const letGo = held => held.release();

export function listen(onOnline, onVisible, onStored) {
  addEventListener('online', () => onOnline(true));
  addEventListener('offline', () => onOnline(false));
  addEventListener('pageshow', event => event.persisted && onVisible(true));
  document.addEventListener('visibilitychange', () => onVisible(isVisible()));
  addEventListener('storage', event => onStored(event.key ?? ''));
}

export const isVisible = () => document.visibilityState === 'visible';
export const isOnline = () => navigator.onLine;

export function chooseTheme(theme) {
  if (theme) {
    document.documentElement.dataset.theme = theme;
  } else {
    delete document.documentElement.dataset.theme;
  }
}

// The page is in English. The date and time format follows the user's English locale.
const english = navigator.languages.find(language => language.startsWith('en')) ?? 'en-GB';
const formats = {
  time: { timeStyle: 'short' },
  weekday: { weekday: 'long' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  day: { weekday: 'long', day: 'numeric', month: 'long' },
  moment: { dateStyle: 'medium', timeStyle: 'short' },
};
for (const name of Object.keys(formats)) {
  formats[name] = new Intl.DateTimeFormat(english, formats[name]);
}

export const format = (name, at) => formats[name].format(at);

// Returns the number of the calendar day of an instant, in the user's time zone.
export const dayOf = at => Math.floor((at - new Date(at).getTimezoneOffset() * 60_000) / 86_400_000);

// Returns the beginning of a calendar day of a date field in the user's time zone, some days later; NaN if there is no such day.
export function dayStart(date, daysLater) {
  const [year, month, day] = date.split('-').map(Number);
  return new Date(year, month - 1, day + daysLater).getTime();
}
