import type { Readable } from 'node:stream';
import { ConfigurationError } from '../core/errors.js';
import { DEFAULT_IDLE_TIMEOUT } from '../transfer/idle-watch.js';
import { EncryptedFile } from './encrypted-file.js';
import { safeName } from './safe-name.js';
import { ZipArchive } from './zip-archive.js';
import { zipNames } from './zip-names.js';

/** How a zip is offered. */
export interface ZipDownloadOptions {
  /** The name under which a browser saves it. Default: `files.zip`. */
  readonly name?: string;
}

const DEFAULT_NAME = 'files.zip';

/**
 * Several files as one zip, none of which has been opened yet. Returned from a
 * handler behind the `DownloadInterceptor` it becomes a download.
 *
 * Nothing is compressed. One container at a time is open, and its segments are
 * verified before they leave: damage, or a container that is missing, breaks
 * the transfer off, and what has come until then is no complete zip.
 */
export class ZipDownload {
  /** The name under which it is saved: no path. */
  readonly name: string;
  /** Seconds for which a client may take nothing of it. @internal */
  readonly idleTimeout: number;
  readonly #archive: ZipArchive;

  /** @internal */
  constructor(files: readonly EncryptedFile[], name: string) {
    const names = zipNames(files.map((file) => file.name));
    const members = files.map(({ content, size, createdAt }, index) => ({
      name: names[index] ?? '',
      size,
      modified: createdAt,
      open: (signal: AbortSignal | undefined) => content.stream({ signal }),
    }));
    this.name = safeName(name === '' ? DEFAULT_NAME : name);
    this.idleTimeout = files[0]?.idleTimeout ?? DEFAULT_IDLE_TIMEOUT;
    this.#archive = new ZipArchive(members);
  }

  /** Bytes of all of it. @internal */
  get size(): number {
    return this.#archive.size;
  }

  /** Destroying the stream gives everything back. @internal */
  stream(signal: AbortSignal): Readable {
    return this.#archive.stream(signal);
  }

  /**
   * The bytes of the zip, for a script. A damaged or missing file destroys the
   * stream with an error that says which: use what has come only when the stream
   * has ended. The caller reads or destroys it.
   */
  createReadStream(): Readable {
    return this.#archive.stream();
  }
}

/**
 * Packs files into one zip, to be returned from a handler. Their names are made
 * safe and unlike one another; without files it is an empty zip.
 *
 * @param files - what `find` and `list` give; not the file of a download link,
 * whose uses are counted one by one.
 * @throws {@link ConfigurationError} for anything else.
 */
export function downloadZip(
  files: Iterable<EncryptedFile>,
  { name = DEFAULT_NAME }: ZipDownloadOptions = {},
): ZipDownload {
  if (typeof name !== 'string') {
    throw new ConfigurationError(
      `The option name of downloadZip is a text; it is of type ${typeof name}. Give the name of the zip, such as 'files.zip'.`,
    );
  }
  if (!isIterable(files)) {
    throw new ConfigurationError(
      `downloadZip takes a list of EncryptedFile; this is of type ${typeof files}. Await what finds the files, and give it a list.`,
    );
  }
  return new ZipDownload(Array.from(files, toMember), name);
}

function isIterable(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Symbol.iterator in value
  );
}

function toMember(file: unknown, index: number): EncryptedFile {
  if (!(file instanceof EncryptedFile)) {
    throw new ConfigurationError(
      `downloadZip takes a list of EncryptedFile; number ${index + 1} of it is none. Give what find and list return, awaited.`,
    );
  }
  if (file.admission) {
    throw new ConfigurationError(
      `The file of a download link cannot be part of a zip; number ${index + 1} of the list is one. Return it from its handler by itself.`,
    );
  }
  return file;
}
