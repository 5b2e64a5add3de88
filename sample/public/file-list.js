import { addressOf, call } from './api.js';
import { announce, byId, confirmed, element } from './dom.js';
import { formatDate, formatSize } from './format.js';
import { shareButton } from './links.js';
import { viewAction } from './player.js';

/**
 * What can be done with a file: functions from (file, list) to an element that
 * stands at the end of the file's row, or to nothing where it cannot be done. A
 * new one is a new line here.
 */
const ACTIONS = [viewAction, shareButton, deleteButton];

/** The files of the one who is signed in. */
export class FileList {
  #files = [];

  /** @param {{ onSignedOut: () => void }} to */
  constructor({ onSignedOut }) {
    /** What to do when the drive no longer knows who is signed in. */
    this.onSignedOut = onSignedOut;
  }

  async load() {
    this.show(await call('GET', '/api/files'));
  }

  /** @param {object[]} files - the newest first. */
  show(files) {
    this.#files = [...files];
    byId('files').replaceChildren(...files.map((file) => row(file, this)));
    byId('files-problem').textContent = '';
    this.#summarise();
  }

  /** Puts a file that has just been stored at the head of the list. */
  add(file) {
    this.#files.unshift(file);
    byId('files').prepend(row(file, this));
    this.#summarise();
  }

  async remove(file, listItem) {
    try {
      await call('DELETE', addressOf(file));
    } catch (refusal) {
      if (refusal.status === 401) {
        this.onSignedOut();
        return;
      }
      // Another window was faster: it is gone, as was wished.
      if (refusal.status !== 404) {
        complain(listItem, refusal.message);
        return;
      }
    }
    this.#files = this.#files.filter((one) => one.filename !== file.filename);
    const next = listItem.nextElementSibling ?? listItem.previousElementSibling;
    listItem.remove();
    (next?.querySelector('a') ?? byId('picker')).focus();
    this.#summarise();
    announce(`${file.name} was deleted.`);
  }

  #summarise() {
    const count = this.#files.length;
    const bytes = this.#files.reduce((sum, file) => sum + file.size, 0);
    byId('empty').hidden = count > 0;
    byId('download-all').hidden = count === 0;
    byId('summary').textContent =
      count === 0
        ? ''
        : `${count} ${count === 1 ? 'file' : 'files'}, ${formatSize(bytes)}`;
  }
}

function row(file, list) {
  return element(
    'li',
    { className: 'row' },
    element(
      'div',
      {},
      element('a', {
        className: 'name',
        href: addressOf(file),
        download: '',
        dir: 'auto',
        textContent: file.name,
      }),
      element(
        'div',
        { className: 'meta' },
        element('span', { textContent: formatSize(file.size) }),
        element('time', {
          dateTime: new Date(file.createdAt).toISOString(),
          textContent: formatDate(file.createdAt),
        }),
      ),
    ),
    element(
      'div',
      { className: 'actions' },
      ...ACTIONS.map((action) => action(file, list)).filter(Boolean),
    ),
  );
}

function complain(listItem, words) {
  listItem.querySelector('.problem')?.remove();
  listItem.append(element('p', { className: 'problem', textContent: words }));
  announce(words);
}

function deleteButton(file, list) {
  return element('button', {
    type: 'button',
    className: 'quiet danger',
    textContent: 'Delete',
    'aria-label': `Delete ${file.name}`,
    onclick: async (event) => {
      const listItem = event.currentTarget.closest('li');
      const sure = await confirmed({
        title: 'Delete this file?',
        text: `${file.name} will be gone for good.`,
        yes: 'Delete',
      });
      if (sure) {
        await list.remove(file, listItem);
      }
    },
  });
}
