// Requests a reply to a message in the log: with the key R, or with a swipe to the right on a touch screen.

const triggeredAt = 56;
const movedMax = 72;
const undecided = 10;

// onReply: the key of the message.
export function watchReplies(logId, onReply) {
  const log = document.getElementById(logId);
  let swipe = null;

  const rowOf = event => event.target.closest('.message:not(.deleted)');

  log.addEventListener('keydown', event => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key.toLowerCase() === 'r' && isPlain && event.target.matches('.message:not(.deleted)')) {
      event.preventDefault();
      onReply(event.target.dataset.key);
    }
  });

  const move = (row, by) => {
    for (const part of row.querySelectorAll('.bubble, .reactions')) {
      part.style.translate = by;
    }
  };

  const end = isDone => {
    if (!swipe) {
      return;
    }
    const { row, moved } = swipe;
    swipe = null;
    move(row, '');
    row.classList.remove('swiped');
    if (isDone && moved >= triggeredAt) {
      onReply(row.dataset.key);
    }
  };

  log.addEventListener('pointerdown', event => {
    end(false);
    const row = rowOf(event);
    if (event.pointerType === 'touch' && event.isPrimary && row) {
      swipe = { row, id: event.pointerId, x: event.clientX, y: event.clientY, moved: 0 };
    }
  });

  // The style sheet leaves only vertical moves to the browser, which then cancels the pointer.
  log.addEventListener('pointermove', event => {
    if (swipe?.id !== event.pointerId) {
      return;
    }
    const [right, down] = [event.clientX - swipe.x, Math.abs(event.clientY - swipe.y)];
    if (swipe.moved === 0 && (right < undecided || right < 2 * down)) {
      if (down > undecided || right < -undecided) {
        end(false);
      }
      return;
    }
    swipe.moved = Math.max(1, Math.min(right, movedMax));
    move(swipe.row, `${swipe.moved}px`);
    swipe.row.classList.toggle('swiped', swipe.moved >= triggeredAt);
  }, { passive: true });

  log.addEventListener('pointerup', () => end(true));
  log.addEventListener('pointercancel', () => end(false));
}
