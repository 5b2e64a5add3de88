import { FormatError } from '../errors.js';
import { LegacyBody } from './legacy-body.js';
import { LEGACY_HEADER_LENGTH, requireBytes } from './legacy-geometry.js';
import {
  type AllowUnauthenticated,
  requireLeave,
  type Unauthenticated,
} from './unauthenticated.js';

/** What is known of a stored file of Flask-Encryptor. */
export interface ReadLegacyOptions extends AllowUnauthenticated {
  /** The text of its owner's token. */
  readonly token: string;
  /** Bytes of the stored file. */
  readonly length: number;
  /** Of the application that wrote it, if it is no multiple of 16. */
  readonly chunkSize?: number | undefined;
}

/** A file of Flask-Encryptor whose header has been read. */
export interface LegacyFile extends Unauthenticated {
  /** Plaintext bytes, as the header claims and the length allows. */
  readonly size: number;
  /**
   * Whether there is a filling, at which another token is noticed; not where the
   * size is a multiple of 16.
   */
  readonly checked: boolean;
  /**
   * The plaintext, in buffers that the consumer owns, several of which may lie
   * in one ArrayBuffer; read once. It is what it can be known to be only when
   * it has ended: an error may come last. The source is closed when it ends,
   * fails, or is returned from, begun or not.
   */
  readonly content: AsyncGenerator<Buffer, void>;
}

/**
 * Reads a stored file of Flask-Encryptor: as much at a time as the source gives
 * at a time.
 *
 * @param source - the file's bytes from the beginning; closed if its header is
 * refused, not touched if an option is.
 * @throws {@link FormatError} if its lengths contradict each other; from
 * `content` if its length changes or a filling is not spaces.
 * @throws ConfigurationError without `allowUnauthenticated`.
 * @throws RangeError if `length` or `chunkSize` is no number of bytes.
 * @see LEGACY.md, "Content"
 */
export async function readLegacyFile(
  source: AsyncIterable<Uint8Array>,
  options: ReadLegacyOptions,
): Promise<LegacyFile> {
  requireLeave(options);
  requireBytes('length', options.length);
  if (options.chunkSize !== undefined) {
    requireBytes('chunkSize', options.chunkSize, 1);
  }
  const bytes = headFirst(source);
  const { value: head } = await bytes.next();
  if (!head) throw cut();
  try {
    const body = new LegacyBody(head, options);
    const content = decrypt(bytes, body);
    // To its first `yield`: a generator that has not begun closes nothing.
    await content.next();
    const checked = options.length - LEGACY_HEADER_LENGTH > body.size;
    return { authenticated: false, size: body.size, checked, content };
  } catch (error) {
    await bytes.return(undefined);
    throw error;
  }
}

/** @yields the header, then the rest as it comes; nothing if it is too short. */
async function* headFirst(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (head) {
      head = Buffer.concat([head, chunk]);
      if (head.length < LEGACY_HEADER_LENGTH) continue;
      yield head.subarray(0, LEGACY_HEADER_LENGTH);
      yield head.subarray(LEGACY_HEADER_LENGTH);
      head = undefined;
    } else {
      yield chunk;
    }
  }
  return undefined;
}

async function* decrypt(
  bytes: AsyncGenerator<Uint8Array, undefined>,
  body: LegacyBody,
): AsyncGenerator<Buffer, void> {
  try {
    yield Buffer.alloc(0);
    for await (const chunk of bytes) yield* body.take(chunk);
    body.finish();
  } finally {
    await bytes.return(undefined);
  }
}

function cut(): FormatError {
  return new FormatError(
    `A file of Flask-Encryptor has at least ${LEGACY_HEADER_LENGTH} bytes; this one was cut, or is something else.`,
  );
}
