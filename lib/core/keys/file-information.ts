import { IntegrityError } from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import { associatedData } from './associated-data.js';
import { openJson, type SealContext, sealJson } from './sealed-json.js';

/** What is sealed with a file: what its owner would see of it. */
export interface FileInformation {
  /** The client's name for the file, cleaned for display. */
  readonly name: string;
  /** The declared media type; a claim of the client. */
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
  /**
   * The media type that the first bytes of the content show, in lower case and
   * without parameters; undefined where they show none.
   */
  readonly detected?: string | undefined;
}

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
  { name, type, size, detected }: FileInformation,
  filename: string,
): string {
  return sealJson(dataKey, { name, type, size, detected }, sealOf(filename));
}

/**
 * Opens what {@link sealInformation} made.
 *
 * @throws FormatError if the text has another shape.
 * @throws {@link IntegrityError} if it was changed, or belongs to another row.
 */
export function openInformation(
  dataKey: SecretKey,
  text: string,
  filename: string,
): FileInformation {
  return parseInformation(openJson(dataKey, text, sealOf(filename)));
}

function parseInformation(json: Record<string, unknown>): FileInformation {
  const { name, type, size, detected } = json;
  if (
    typeof name !== 'string' ||
    typeof type !== 'string' ||
    typeof size !== 'number' ||
    !Number.isSafeInteger(size) ||
    size < 0 ||
    !(detected === undefined || typeof detected === 'string')
  ) {
    throw new IntegrityError(
      'The sealed file information holds something else than a name, a type, a size and what was detected.',
    );
  }
  return { name, type, size, detected };
}

function sealOf(filename: string): SealContext {
  return { what: 'File information', aad: associatedData('info', filename) };
}
