import type { Readable } from 'node:stream';
import type { FileInformation } from '../core/keys/file-information.js';
import type { TemporaryFile, TemporaryRange } from './temporary-file.js';
import type { Identity } from './validators.js';

/** What else is known of the stored file that it is made from. */
interface Source extends Identity {
  /** Seconds for which a client may take nothing of it. */
  readonly idleTimeout: number;
}

/**
 * A verified plaintext in a private temporary file: mode 0600 in a folder that
 * only this process's user may enter. Returned from a handler behind the
 * `DownloadInterceptor` it is streamed and then removed; otherwise whoever has
 * it disposes of it, as `await using` does.
 */
export class DecryptedFile {
  /** Where it lies; its extension is the real name's, if that is a plain one. */
  readonly path: string;
  readonly name: string;
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
  readonly #temporary: TemporaryFile;
  readonly #of: FileInformation & Source;

  /** @internal */
  constructor(temporary: TemporaryFile, of: FileInformation & Source) {
    this.path = temporary.path ?? '';
    this.name = of.name;
    this.type = of.type;
    this.size = of.size;
    this.#temporary = temporary;
    this.#of = of;
  }

  /** The stored file that it was made from. @internal */
  get of(): FileInformation & Source {
    return this.#of;
  }

  /**
   * The plaintext, or a range of it, from an open descriptor; the file is gone
   * when it closes.
   */
  createReadStream(range?: TemporaryRange): Readable {
    return this.#temporary.createReadStream(range);
  }

  /** Removes the file; may be called again. */
  async dispose(): Promise<void> {
    await this.#temporary.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Without the path, which is nobody's business outside. */
  toJSON(): FileInformation {
    const { name, type, size } = this;
    return { name, type, size };
  }
}
