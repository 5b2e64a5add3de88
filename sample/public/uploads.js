import { Refusal, upload } from './api.js';
import { announce, byId, element } from './dom.js';
import { formatShare, formatSize } from './format.js';

const AT_ONCE = 3;

/** Uploads: each file is a request of its own, a few run at a time. */
export class Uploads {
  #waiting = [];
  #running = new Set();
  #onStored;
  #onSignedOut;

  /**
   * @param {{ onStored: (file: object) => void, onSignedOut: () => void }} to
   */
  constructor({ onStored, onSignedOut }) {
    this.#onStored = onStored;
    this.#onSignedOut = onSignedOut;
  }

  /** How many files are not yet stored. */
  get pending() {
    return this.#waiting.length + this.#running.size;
  }

  /** @param {Iterable<File>} files */
  add(files) {
    for (const file of files) {
      const transfer = new Transfer(file, (ended) => this.#forget(ended));
      byId('uploads').append(transfer.row);
      this.#waiting.push(transfer);
    }
    this.#advance();
  }

  /** Shows a file that cannot be uploaded, and why. */
  refuse(name, words) {
    const transfer = new Transfer({ name, size: 0 }, (ended) =>
      this.#forget(ended),
    );
    byId('uploads').append(transfer.row);
    transfer.fail(words);
    this.#advance();
  }

  /** Gives up all that is not yet stored. */
  cancelAll() {
    const running = [...this.#running];
    this.#waiting = [];
    this.#running.clear();
    running.forEach((transfer) => transfer.cancel());
    byId('uploads').replaceChildren();
    this.#advance();
  }

  #forget(transfer) {
    transfer.row.remove();
    this.#waiting = this.#waiting.filter((one) => one !== transfer);
    this.#running.delete(transfer);
    this.#advance();
  }

  #advance() {
    while (this.#running.size < AT_ONCE && this.#waiting.length > 0) {
      void this.#run(this.#waiting.shift());
    }
    byId('transfers').hidden = byId('uploads').childElementCount === 0;
  }

  async #run(transfer) {
    this.#running.add(transfer);
    try {
      const stored = await transfer.start();
      stored.forEach((file) => this.#onStored(file));
      this.#forget(transfer);
      announce(`${transfer.name} was uploaded.`);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) {
        throw refusal;
      }
      transfer.fail(refusal.message);
      this.#running.delete(transfer);
      this.#advance();
      if (refusal.status === 401) {
        this.#onSignedOut();
      }
    }
  }
}

/** One file on its way, and its row on the page. */
class Transfer {
  #file;
  #progress;
  #state = element('span', { textContent: 'Waiting' });
  #cancelRequest = () => {};
  #button;

  constructor(file, onEnd) {
    this.#file = file;
    this.#progress = element('progress', {
      max: 1,
      value: 0,
      'aria-label': `Upload of ${file.name}`,
    });
    this.#button = element('button', {
      type: 'button',
      className: 'quiet',
      textContent: 'Cancel',
      'aria-label': `Cancel the upload of ${file.name}`,
      onclick: () => {
        this.cancel();
        onEnd(this);
      },
    });
    this.row = this.#build();
  }

  get name() {
    return this.#file.name;
  }

  /** @returns {Promise<object[]>} what was stored. */
  start() {
    this.#report(0, 1);
    const { stored, cancel } = upload(this.#file, (sent, total) =>
      this.#report(sent, total),
    );
    this.#cancelRequest = cancel;
    return stored;
  }

  cancel() {
    this.#cancelRequest();
  }

  fail(words) {
    this.#progress.remove();
    this.#state.textContent = 'Not uploaded';
    this.#button.textContent = 'Dismiss';
    this.#button.setAttribute('aria-label', `Dismiss ${this.name}`);
    this.row.append(element('p', { className: 'problem', textContent: words }));
    announce(`${this.name} was not uploaded. ${words}`);
  }

  #report(sent, total) {
    const share = total > 0 ? sent / total : 1;
    this.#progress.value = share;
    this.#state.textContent = share < 1 ? formatShare(share) : 'Finishing';
  }

  #build() {
    return element(
      'li',
      { className: 'row' },
      element(
        'div',
        {},
        element('div', {
          className: 'name',
          dir: 'auto',
          textContent: this.name,
        }),
        element(
          'div',
          { className: 'meta' },
          element('span', { textContent: formatSize(this.#file.size) }),
          this.#state,
        ),
      ),
      element('div', { className: 'actions' }, this.#button),
      this.#progress,
    );
  }
}
