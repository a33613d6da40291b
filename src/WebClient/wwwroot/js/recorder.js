// Records a voice message from the microphone, one at a time.

import { keep } from './files.js';

// MP4 is first, because every browser plays it.
const types = [
  { type: 'audio/mp4;codecs=mp4a.40.2', extension: 'm4a' },
  { type: 'audio/webm;codecs=opus', extension: 'webm' },
  { type: 'audio/ogg;codecs=opus', extension: 'ogg' },
];

const bitsPerSecond = 32_000;
const sampleEvery = 50;
const partEvery = 1_000;
const shortest = 300;
const bars = 60;

// Quieter than a microphone where nothing is heard.
const silence = 0.0005;
const silentFor = 3_000;

// The quietest maximum that fills the height of a waveform, so that noise does not look like speech.
const minimumScale = 0.02;

const supported = globalThis.MediaRecorder ? types.find(({ type }) => MediaRecorder.isTypeSupported(type)) : undefined;
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

let current = null;

export const isSupported = () => isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia && supported);

const failures = {
  NotAllowedError: 'blocked',
  SecurityError: 'blocked',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

const elapsed = recording =>
  Math.min(recording.longest, recording.before + (recording.since === null ? 0 : performance.now() - recording.since));

// The root mean square of the last 43 ms.
function loudness({ analyser, buffer }) {
  analyser.getFloatTimeDomainData(buffer);
  return Math.sqrt(buffer.reduce((sum, value) => sum + value * value, 0) / buffer.length);
}

// Shows how loud the last three seconds were, as a line in an SVG of 60 by 32.
function draw({ levelId, samples }) {
  const path = reducedMotion.matches ? null : document.getElementById(levelId);
  path?.setAttribute('d', samples.slice(-bars).map(({ level }, index) => {
    const height = Math.min(1, Math.sqrt(level * 3)) * 15 + 0.5;
    return `M${index + 0.5} ${16 - height}V${16 + height}`;
  }).join(''));
}

function sample(recording) {
  if (recording.since === null) {
    return;
  }
  const at = elapsed(recording);
  const level = loudness(recording);
  recording.samples.push({ at, level });
  recording.loudest = Math.max(recording.loudest, level);
  draw(recording);
  report(recording);
}

// Reports each new second, and ends the recording at its limits. Timers of a hidden tab are slow, so each part of the recording does it too.
function report(recording) {
  if (recording.isEnded) {
    return;
  }
  const at = elapsed(recording);
  const second = Math.floor(at / 1000);
  if (second !== recording.second) {
    recording.second = second;
    recording.onSecond(second, recording.loudest < silence && at >= silentFor);
  }
  if (at >= recording.longest) {
    end(recording, 'longest');
  } else if (recording.bytes >= recording.largest) {
    end(recording, 'largest');
  }
}

// Stops by itself; the page then takes the recording with finish.
function end(recording, reason) {
  if (!recording.isEnded) {
    stopClock(recording);
    recording.isEnded = true;
    recording.onEnd(reason);
  }
}

function stopClock(recording) {
  recording.before = elapsed(recording);
  recording.since = null;
}

function release(recording) {
  clearInterval(recording.timer);
  recording.stream?.getTracks().forEach(track => track.stop());
  recording.context?.close().catch(() => {});
  if (current === recording) {
    current = null;
  }
}

function listen(recording) {
  recording.context = new AudioContext();
  recording.context.resume().catch(() => {});
  recording.analyser = recording.context.createAnalyser();
  recording.analyser.fftSize = 2048;
  recording.buffer = new Float32Array(recording.analyser.fftSize);
  recording.context.createMediaStreamSource(recording.stream).connect(recording.analyser);
}

function record(recording) {
  const recorder = recording.recorder = new MediaRecorder(
    recording.stream, { mimeType: supported.type, audioBitsPerSecond: bitsPerSecond });
  recording.stopped = new Promise(resolve => { recorder.addEventListener('stop', resolve); });
  recorder.addEventListener('dataavailable', ({ data }) => {
    recording.parts.push(data);
    recording.bytes += data.size;
    report(recording);
  });
  // The microphone was removed or taken away: the browser stops the recorder, or only says that the track has ended.
  recorder.addEventListener('stop', () => end(recording, 'lost'));
  recording.stream.getAudioTracks()[0].addEventListener('ended', () => end(recording, 'lost'));
  recorder.start(partEvery);
  recording.since = performance.now();
  recording.timer = setInterval(sample, sampleEvery, recording);
}

// Asks for the microphone and begins to record. Returns an empty text, or why it does not record: canceled, blocked, missing, busy or failed.
// longest: milliseconds; largest: bytes; levelId: the SVG path that shows the loudness.
// onSecond: each second, with whether there was no sound at all so far. onEnd: it has stopped by itself: longest, largest or lost.
export async function start(longest, largest, levelId, onSecond, onEnd) {
  discard();
  const recording = current = {
    longest, largest, levelId, onSecond, onEnd, before: 0, since: null, second: 0, loudest: 0, bytes: 0, samples: [], parts: [], isEnded: false,
  };
  try {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
    recording.stream = await navigator.mediaDevices.getUserMedia({ audio });
    if (current !== recording) {
      release(recording);
      return 'canceled';
    }
    listen(recording);
    record(recording);
    return '';
  } catch (error) {
    const isCanceled = current !== recording;
    release(recording);
    return isCanceled ? 'canceled' : failures[error.name] ?? 'failed';
  }
}

export function pause() {
  if (current?.recorder?.state === 'recording') {
    stopClock(current);
    current.recorder.pause();
  }
}

export function resume() {
  if (current?.recorder?.state === 'paused' && !current.isEnded) {
    current.recorder.resume();
    current.since = performance.now();
  }
}

// Folds the loudness into bars of 0 to 100, of equal length in time. A hidden tab has fewer samples: a bar without one is like the bar before.
function waveform({ samples, loudest }, length) {
  const folded = Array(bars).fill(-1);
  for (const { at, level } of samples) {
    const bar = Math.min(bars - 1, Math.floor(at / length * bars));
    folded[bar] = Math.max(folded[bar], level);
  }
  let before = samples[0]?.level ?? 0;
  return folded
    .map(level => { before = level < 0 ? before : level; return before; })
    .map(level => Math.round(100 * level / Math.max(loudest, minimumScale)));
}

// Stops and releases the microphone. Returns the number of the recording in files.js, or 0 if it is too short, its length and its waveform.
export async function finish() {
  const recording = current;
  if (!recording?.recorder) {
    discard();
    return { file: 0, milliseconds: 0, waveform: '' };
  }
  stopClock(recording);
  recording.isEnded = true;
  if (recording.recorder.state !== 'inactive') {
    recording.recorder.stop();
  }
  await recording.stopped;
  release(recording);
  const milliseconds = Math.round(recording.before);
  const bytes = new Blob(recording.parts, { type: supported.type });
  if (milliseconds < shortest || bytes.size === 0) {
    return { file: 0, milliseconds, waveform: '' };
  }
  const file = keep(new File([bytes], `Voice message.${supported.extension}`, { type: supported.type }));
  return { file, milliseconds, waveform: waveform(recording, recording.before).join() };
}

// Releases the microphone, and forgets what was recorded.
export function discard() {
  const recording = current;
  if (recording) {
    recording.isEnded = true;
    release(recording);
  }
}
