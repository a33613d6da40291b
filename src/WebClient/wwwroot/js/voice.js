// Plays voice messages, one at a time.

const audio = new Audio();
audio.preload = 'auto';

// A position beyond the end of every voice message. Recorders often write no length, and the browser learns it from there.
const beyond = 1e6;

let current = null;

const report = () => {
  if (current) {
    const duration = Number.isFinite(audio.duration) ? audio.duration : 0;
    current.onState(!audio.paused, current.isMeasured ? audio.currentTime : current.from, duration);
  }
};

for (const name of ['play', 'pause', 'timeupdate', 'durationchange', 'seeked']) {
  audio.addEventListener(name, report);
}

audio.addEventListener('playing', () => {
  if (current?.isMeasured) {
    current.onEvent('began');
  }
});

function releaseBytes() {
  audio.removeAttribute('src');
  audio.load();
}

function fail() {
  const failed = current;
  forget();
  releaseBytes();
  failed?.onEvent('failed');
}

// A pause or another message ends an attempt to play, which is no failure. Some browsers start to play only after another click.
function start() {
  const started = current;
  audio.play().catch(error => {
    if (started !== current || error.name === 'AbortError') {
      return;
    }
    if (error.name === 'NotAllowedError') {
      report();
    } else {
      fail();
    }
  });
}

function begin() {
  if (current && !current.isMeasured) {
    current.isMeasured = true;
    audio.currentTime = current.from;
    start();
  }
}

// Without this, the end of the measurement of one message would begin the next one.
function forget() {
  current = null;
  audio.removeEventListener('seeked', begin);
}

audio.addEventListener('loadedmetadata', () => {
  if (!current) {
    return;
  }
  if (Number.isFinite(audio.duration)) {
    begin();
  } else {
    audio.currentTime = beyond;
    audio.addEventListener('seeked', begin, { once: true });
  }
});

// The measurement of the length reaches the end too.
audio.addEventListener('ended', () => {
  if (!current?.isMeasured) {
    return;
  }
  const ended = current;
  forget();
  ended.onState(false, 0, Number.isFinite(audio.duration) ? audio.duration : 0);
  releaseBytes();
  ended.onEvent('ended');
});

audio.addEventListener('error', fail);

const stepSeconds = 5;
const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

// The slider has fine steps, so that it can show every position. The arrow keys move it further.
document.addEventListener('keydown', event => {
  const step = steps[event.key];
  const slider = event.target;
  const isModified = event.altKey || event.ctrlKey || event.metaKey;
  if (step && !isModified && slider.matches?.('.voice-track input')) {
    event.preventDefault();
    slider.value = Number(slider.value) + step * stepSeconds;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  }
});

// Continues a paused message, or begins one at a position in seconds. onState: whether it plays, the position, and the length or 0.
// onEvent: began, when its sound is heard, also after a pause; ended, at its end; or failed.
export function play(id, url, from, rate, onState, onEvent) {
  audio.playbackRate = audio.defaultPlaybackRate = rate;
  if (current?.id === id) {
    if (current.isMeasured) {
      start();
    }
    return;
  }
  const before = current;
  // While the length is measured, the browser is at another position than the user.
  const position = before?.isMeasured ? audio.currentTime : before?.from;
  forget();
  audio.pause();
  before?.onState(false, position, 0);
  current = { id, from, isMeasured: false, onState, onEvent };
  audio.src = url;
  audio.load();
}

export function pause(id) {
  if (current?.id === id) {
    audio.pause();
  }
}

export function seek(id, seconds) {
  if (current?.id === id && current.isMeasured) {
    audio.currentTime = seconds;
  } else if (current?.id === id) {
    current.from = seconds;
  }
}

export function setRate(rate) {
  audio.playbackRate = audio.defaultPlaybackRate = rate;
}

// Stops, and releases the bytes.
export function stop(id) {
  if (current?.id === id) {
    forget();
    releaseBytes();
  }
}
