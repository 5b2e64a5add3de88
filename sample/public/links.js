import { addressOf, call, Refusal } from './api.js';
import { announce, byId, element } from './dom.js';
import { formatDate } from './format.js';

/** What the panel shows: a file, the list that it is in, the link just made. */
let shown;

byId('new-link').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(makeLink);
});
byId('copy-link').addEventListener('click', copyLink);
byId('sharing').addEventListener('close', () => {
  // The URL is shown once: nothing of it stays in the page.
  hideLink();
  shown = undefined;
});

/** Opens the panel in which a file's links are made, listed and revoked. */
export function shareButton(file, list) {
  return element('button', {
    type: 'button',
    className: 'quiet',
    textContent: 'Share',
    'aria-label': `Share ${file.name}`,
    'aria-haspopup': 'dialog',
    onclick: () => openPanel(file, list),
  });
}

function openPanel(file, list) {
  shown = { file, list };
  byId('sharing-name').textContent = file.name;
  byId('new-link').reset();
  showLinks([]);
  byId('no-links').hidden = true;
  byId('sharing').showModal();
  void attempt(loadLinks);
}

async function makeLink({ file }) {
  const password = byId('link-password').value;
  const link = await call('POST', `${addressOf(file)}/links`, {
    expiresIn: Number(byId('link-expiry').value),
    maxDownloads: Number(byId('link-downloads').value),
    ...(password !== '' && { password }),
  });
  if (shown?.file !== file) {
    return;
  }
  shown.made = link.id;
  byId('link-password').value = '';
  byId('link-url').value = link.url;
  byId('made-link').hidden = false;
  byId('link-url').focus();
  byId('link-url').select();
  await loadLinks({ file });
}

async function copyLink() {
  byId('link-url').select();
  try {
    await navigator.clipboard.writeText(byId('link-url').value);
    byId('copy-link').textContent = 'Copied';
    announce('The link was copied.');
  } catch {
    // Not allowed, or a page without TLS: what is selected can still be copied.
    announce('The link is selected: copy it with your keyboard.');
    byId('link-url').focus();
  }
}

function hideLink() {
  byId('made-link').hidden = true;
  byId('link-url').value = '';
  byId('copy-link').textContent = 'Copy';
}

async function loadLinks({ file }) {
  const links = await call('GET', `${addressOf(file)}/links`);
  if (shown?.file === file) {
    showLinks(links);
  }
}

function showLinks(links) {
  byId('links').replaceChildren(...links.map(row));
  byId('no-links').hidden = links.length > 0;
}

function row(link) {
  return element(
    'li',
    { className: 'row' },
    element(
      'div',
      {},
      element('div', {
        textContent: link.needsPassword
          ? `${wordsFor(link)}, with a password`
          : wordsFor(link),
      }),
      element('div', {
        className: 'meta',
        textContent: `until ${formatDate(link.expiresAt)}`,
      }),
    ),
    element('div', { className: 'actions' }, revokeButton(link)),
  );
}

function wordsFor({ state, remaining, maxDownloads }) {
  switch (state) {
    case 'expired':
      return 'Expired';
    case 'spent':
      return 'Used up';
    case 'waiting':
      return 'Not open yet';
    default:
      return `${remaining} of ${maxDownloads} ${maxDownloads === 1 ? 'download' : 'downloads'} left`;
  }
}

function revokeButton(link) {
  const over = link.state === 'expired' || link.state === 'spent';
  const word = over ? 'Remove' : 'Revoke';
  return element('button', {
    type: 'button',
    className: 'quiet danger',
    textContent: word,
    'aria-label': `${word} the link made on ${formatDate(link.createdAt)}`,
    onclick: () => void attempt((panel) => revoke(link, panel)),
  });
}

async function revoke(link, { file, made }) {
  try {
    await call('DELETE', `/api/links/${link.id}`);
  } catch (refusal) {
    // Another window was faster: it is gone, as was wished.
    if (refusal.status !== 404) {
      throw refusal;
    }
  }
  if (link.id === made) {
    hideLink();
  }
  await loadLinks({ file });
  byId('close-sharing').focus();
  announce('The link does not work any more.');
}

/** Does something for the file that is shown, and says why it did not work. */
async function attempt(work) {
  const panel = shown;
  byId('sharing-problem').textContent = '';
  try {
    await work(panel);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) {
      throw refusal;
    }
    if (shown !== panel) {
      return;
    }
    if (refusal.status === 401) {
      byId('sharing').close();
      panel.list.onSignedOut();
    } else {
      byId('sharing-problem').textContent = refusal.message;
    }
  }
}
