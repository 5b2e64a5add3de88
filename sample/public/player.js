import { addressOf } from './api.js';
import { byId, element } from './dom.js';

/** What the drive lets a browser show in a tab of its own. */
const SHOWN = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'application/pdf',
  'text/plain',
]);

byId('player').addEventListener('close', stop);

/**
 * Plays or opens a file; undefined for one that can only be downloaded. Whether
 * the content is what its type says, the drive decides when it sends it.
 */
export function viewAction(file) {
  const type = file.type.split(';')[0].trim().toLowerCase();
  const family = type.split('/')[0];
  if (family === 'audio' || family === 'video') {
    return playButton(file, family);
  }
  return SHOWN.has(type) ? openLink(file) : undefined;
}

function playButton(file, family) {
  return element('button', {
    type: 'button',
    className: 'quiet',
    textContent: 'Play',
    'aria-label': `Play ${file.name}`,
    'aria-haspopup': 'dialog',
    onclick: () => play(file, family),
  });
}

function openLink(file) {
  return element('a', {
    className: 'button quiet',
    href: shownAt(file),
    target: '_blank',
    rel: 'noopener',
    textContent: 'Open',
    'aria-label': `Open ${file.name} in a new tab`,
  });
}

/** @param {'audio' | 'video'} family - the name of the element, too. */
function play(file, family) {
  const media = element(family, {
    controls: true,
    autoplay: true,
    src: shownAt(file),
    'aria-label': file.name,
    onerror: () => {
      byId('player-problem').textContent =
        'This browser cannot play the file. You can still download it.';
    },
  });
  byId('player-title').textContent = file.name;
  byId('player-problem').textContent = '';
  byId('player-stage').replaceChildren(media);
  byId('player').showModal();
}

/** An element that is only removed would go on loading. */
function stop() {
  const media = byId('player-stage').firstElementChild;
  byId('player-stage').replaceChildren();
  media?.pause();
  media?.removeAttribute('src');
  media?.load();
}

function shownAt(file) {
  return `${addressOf(file)}?inline=1`;
}
