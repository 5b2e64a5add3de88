import { FormatError, IntegrityError } from '../errors.js';
import {
  decryptShort,
  encryptShort,
  MAX_SHORT_MESSAGE,
} from '../floe/short-message.js';
import type { SecretKey } from '../secret-key.js';
import { associatedData } from './associated-data.js';
import { decodeBase64url } from './base64url.js';

/** What is sealed with a file: what its owner would see of it. */
export interface FileInformation {
  /** The client's name for the file, cleaned for display. */
  readonly name: string;
  /** The declared media type; a claim of the client. */
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
}

const VERSION = '1.';
/** Lengths are padded to this, so that a sealed text tells little of a name. */
const PADDING = 256;

/**
 * Seals a file's information under its data key.
 *
 * @param filename - of the row that will hold it.
 * @returns `1.<base64url(FLOE(dataKey, aad, JSON))>`; the JSON is padded with
 * spaces to a multiple of 256 bytes.
 * @throws RangeError if it does not fit a short message: 64 KiB.
 */
export function sealInformation(
  dataKey: SecretKey,
  { name, type, size }: FileInformation,
  filename: string,
): string {
  const json = Buffer.from(JSON.stringify({ name, type, size }));
  const padded = Buffer.alloc(Math.ceil(json.length / PADDING) * PADDING, ' ');
  if (padded.length > MAX_SHORT_MESSAGE) {
    throw new RangeError(
      `File information of ${json.length} bytes is too long.`,
    );
  }
  padded.set(json);
  const message = encryptShort(
    dataKey,
    padded,
    associatedData('info', filename),
  );
  return VERSION + message.toString('base64url');
}

/**
 * Opens what {@link sealInformation} made.
 *
 * @throws {@link FormatError} if the text has another shape.
 * @throws {@link IntegrityError} if it was changed, or belongs to another row.
 */
export function openInformation(
  dataKey: SecretKey,
  text: string,
  filename: string,
): FileInformation {
  if (!text.startsWith(VERSION)) {
    throw new FormatError(
      'File information is the text 1.<base64url>; the stored text is not.',
    );
  }
  const message = decodeBase64url(text.slice(VERSION.length));
  const json = decryptShort(dataKey, message, associatedData('info', filename));
  return parseInformation(json.toString());
}

function parseInformation(json: string): FileInformation {
  const { name, type, size } = parseObject(json);
  if (
    typeof name !== 'string' ||
    typeof type !== 'string' ||
    typeof size !== 'number' ||
    !Number.isSafeInteger(size) ||
    size < 0
  ) {
    throw new IntegrityError(
      'The sealed file information holds something else than a name, a type and a size.',
    );
  }
  return { name, type, size };
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json)) as Record<string, unknown>;
  } catch {
    // Without the cause: it quotes what it could not read.
    throw new IntegrityError('The sealed file information is no JSON.');
  }
}
