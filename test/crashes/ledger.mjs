/**
 * A file, as far as the client knows.
 *
 * - `sending`: its upload has no good answer, or none at all: it may be there.
 * - `kept`: acknowledged, or found after a crash: it must be there.
 * - `deleting`: its deletion was asked for: it may be there.
 * - `gone`: its deletion was acknowledged: it must not be there.
 *
 * @typedef {object} KnownFile
 * @property {number} number - Its content and its name are made from it.
 * @property {string} name
 * @property {number} size
 * @property {Account} account
 * @property {'sending' | 'kept' | 'deleting' | 'gone'} state
 * @property {string} [filename]
 * @property {KnownLink[]} links
 * @property {boolean} hasUnansweredLink - One may be there that nobody knows.
 */

/**
 * @typedef {object} KnownLink
 * @property {number} id
 * @property {string} path - Of its URL.
 * @property {number} maxDownloads
 * @property {number} begun - Downloads that were asked for.
 * @property {number} completed - Downloads of which all bytes have come.
 * @property {'kept' | 'revoking' | 'gone'} state
 */

/**
 * Somebody who has signed in.
 *
 * - `active`: nobody has asked for the erasure.
 * - `erasing`: asked for, and not acknowledged.
 * - `erased`: acknowledged.
 *
 * @typedef {object} Account
 * @property {string} name
 * @property {string} id - Of its row.
 * @property {string} cookie
 * @property {'active' | 'erasing' | 'erased'} state
 * @property {Set<KnownFile>} files
 * @property {number} uploading - Uploads that run.
 * @property {boolean} isDisturbed - An upload met the erasure.
 * @property {number} removals - Deletions and erasures that were asked for.
 */

/** What the client knows: what it was told, and what it has asked for. */
export class Ledger {
  /** @type {Account[]} */
  accounts = [];
  /** @type {Map<string, KnownFile>} */
  #files = new Map();
  #contents;
  #numbers = 0;
  #names = 0;

  /** @param {import('./contents.mjs').Contents} contents */
  constructor(contents) {
    this.#contents = contents;
  }

  /** @returns {string} a name that nobody has had. */
  newName() {
    this.#names += 1;
    return `person ${this.#names}`;
  }

  /** @param {Pick<Account, 'name' | 'id' | 'cookie'>} known */
  addAccount(known) {
    this.accounts.push({
      ...known,
      state: 'active',
      files: new Set(),
      uploading: 0,
      isDisturbed: false,
      removals: 0,
    });
  }

  /** @param {Account} account @param {number} size @returns {KnownFile} */
  addFile(account, size) {
    const number = (this.#numbers += 1);
    const name = this.#contents.nameOf(number);
    /** @type {KnownFile} */
    const file = {
      number,
      name,
      size,
      account,
      state: 'sending',
      links: [],
      hasUnansweredLink: false,
    };
    account.files.add(file);
    this.#files.set(name, file);
    return file;
  }

  /** @param {string} name @returns {KnownFile | undefined} */
  fileNamed(name) {
    return this.#files.get(name);
  }

  /** @param {KnownFile} file @returns {Buffer} what it holds. */
  contentOf({ number, size }) {
    return this.#contents.of(number, size);
  }

  /** @returns {Account[]} */
  active() {
    return this.accounts.filter(({ state }) => state === 'active');
  }

  /** @returns {number} bytes of the files that may be there. */
  get bytes() {
    let sum = 0;
    for (const { state, files } of this.accounts) {
      if (state === 'erased') continue;
      for (const file of files) if (file.state !== 'gone') sum += file.size;
    }
    return sum;
  }
}

/** @param {Account} account @returns {KnownFile[]} */
export function keptFiles({ files }) {
  return [...files].filter(({ state }) => state === 'kept');
}

/** @param {KnownFile} file @returns {boolean} whether it must be there now. */
export function mustBeThere({ state, account }) {
  return state === 'kept' && account.state === 'active';
}
