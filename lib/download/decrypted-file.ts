import type { Readable } from 'node:stream';
import type { FileInformation } from '../core/keys/file-information.js';
import type { TemporaryFile } from './temporary-file.js';

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

  /** @internal */
  constructor(temporary: TemporaryFile, { name, type, size }: FileInformation) {
    this.path = temporary.path ?? '';
    this.name = name;
    this.type = type;
    this.size = size;
    this.#temporary = temporary;
  }

  /** The plaintext, from an open descriptor; the file is gone when it closes. */
  createReadStream(): Readable {
    return this.#temporary.createReadStream();
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
