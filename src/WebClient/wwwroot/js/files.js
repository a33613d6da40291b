// Files that the user adds to a message, and pictures: their bytes and addresses.

const find = id => document.getElementById(id);
const files = new Map();
let lastId = 0;

const hasFiles = event => event.dataTransfer?.types.includes('Files') ?? false;

// Keeps a file, and returns its number.
export function keep(file) {
  files.set(++lastId, file);
  return lastId;
}

// Keeps files, and reports the number of the first one and how many there are.
function add(list, onFiles) {
  const first = lastId + 1;
  for (const file of list) {
    keep(file);
  }
  if (lastId >= first) {
    onFiles(first, lastId - first + 1);
  }
}

// A folder looks like a file that cannot be read.
const droppedFiles = transfer => [...transfer.items]
  .filter(item => item.kind === 'file' && !item.webkitGetAsEntry?.()?.isDirectory)
  .map(item => item.getAsFile())
  .filter(file => file);

// Text processors and spreadsheets also copy a picture of their text, which is pasted as text.
const pastedFiles = data =>
  data.types.includes('text/html') && data.types.includes('text/plain') ? [] : [...data.files];

// What ends the listeners of a form, by its id.
const watched = new Map();

// Adds files that are chosen with the input, pasted into the form, or dropped on the conversation, until the form is no longer watched.
export function watchFiles(formId, inputId, onFiles) {
  unwatchFiles(formId);
  const form = find(formId);
  const watching = new AbortController();
  const { signal } = watching;
  const zone = form.closest('.chat-pane');

  form.addEventListener('change', event => {
    if (event.target.id === inputId) {
      add(event.target.files, onFiles);
      event.target.value = '';
    }
  }, { signal });

  form.addEventListener('paste', event => {
    const pasted = pastedFiles(event.clipboardData);
    if (pasted.length > 0) {
      event.preventDefault();
      add(pasted, onFiles);
    }
  }, { signal });

  const onDrag = event => {
    if (hasFiles(event)) {
      // Outside of the conversation, a dropped file would replace the page.
      event.preventDefault();
      const isInside = zone.contains(event.target);
      event.dataTransfer.dropEffect = isInside ? 'copy' : 'none';
      zone.classList.toggle('dropping', isInside);
    }
  };

  const onDrop = event => {
    if (!hasFiles(event)) {
      return;
    }
    event.preventDefault();
    zone.classList.remove('dropping');
    if (zone.contains(event.target)) {
      add(droppedFiles(event.dataTransfer), onFiles);
    }
  };

  const onLeave = event => {
    if (!event.relatedTarget) {
      zone.classList.remove('dropping');
    }
  };

  document.addEventListener('dragover', onDrag, { signal });
  document.addEventListener('drop', onDrop, { signal });
  document.addEventListener('dragleave', onLeave, { signal });
  signal.addEventListener('abort', () => zone.classList.remove('dropping'));
  watched.set(formId, watching);
}

export function unwatchFiles(formId) {
  watched.get(formId)?.abort();
  watched.delete(formId);
}

// Adds files that are chosen with an input outside of a message.
export function watchInput(inputId, onFiles) {
  find(inputId).addEventListener('change', event => {
    add(event.target.files, onFiles);
    event.target.value = '';
  });
}

export const choose = inputId => find(inputId)?.click();
export const nameOf = id => files.get(id).name;
export const typeOf = id => files.get(id).type;
export const sizeOf = id => files.get(id).size;
export const forget = id => { files.delete(id); };

// Fails if the file was changed or removed on the disk since it was added.
export const read = async (id, from, to) => new Uint8Array(await files.get(id).slice(from, to).arrayBuffer());
export const copy = (bytes, target) => { target.set(bytes); };

export const urlOf = id => URL.createObjectURL(files.get(id));
export const urlOfBytes = (bytes, type) => URL.createObjectURL(new Blob([bytes.slice()], { type }));
export const releaseUrl = url => { URL.revokeObjectURL(url); };

// The server sends the file as an attachment, so the page stays.
export function download(url, name) {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.rel = 'noreferrer';
  document.body.append(link);
  link.click();
  link.remove();
}

const askToStay = event => { event.preventDefault(); };
const reasonsToStay = new Set();

// While files are uploaded or a voice message is recorded, the browser asks before the page is left.
export function guardLeaving(reason, isGuarded) {
  if (isGuarded) {
    reasonsToStay.add(reason);
  } else {
    reasonsToStay.delete(reason);
  }
  if (reasonsToStay.size > 0) {
    addEventListener('beforeunload', askToStay);
  } else {
    removeEventListener('beforeunload', askToStay);
  }
}

// The log and the dialog of files are scroll containers. They clip what is outside of them, unless they have a margin of their own.
const margins = { rootMargin: '800px 0px', scrollMargin: '800px 0px' };

// Pictures are loaded when they come near the visible part of the log.
const near = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      near.unobserve(target);
      target.onNear?.();
    }
  }
}, margins);

export function whenNear(id, onNear) {
  const element = find(id);
  if (element) {
    element.onNear = onNear;
    near.observe(element);
  }
}

export function stopWatching(id) {
  const element = find(id);
  if (element) {
    near.unobserve(element);
    element.onNear = null;
  }
}
