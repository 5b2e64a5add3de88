import type { EncryptedUpload } from './encrypted-upload.js';
import { cleanFileName, cleanMediaType } from './file-name.js';
import { storeFile, type UploadPlace } from './store-file.js';

/** What a client says about a file. */
export interface UploadFacts {
  /** The client's name for the file; cleaned here. */
  readonly name: string;
  /** The declared media type; `application/octet-stream` when absent. */
  readonly type?: string | undefined;
  /** The form's field. */
  readonly fieldname?: string;
}

/**
 * Stores what a client has sent, as {@link storeFile} does, under a name and a
 * type that are fit for use.
 *
 * @param verdict - asked when the source has ended, before the container
 * appears; what it throws refuses the upload.
 * @throws UploadError `NAME_TOO_LONG`, before a byte is stored.
 * @throws StoreError if the store fails; else what the source throws.
 */
export async function storeUpload(
  source: AsyncIterable<Uint8Array>,
  { name, type, fieldname }: UploadFacts,
  place: UploadPlace,
  verdict?: () => void,
): Promise<EncryptedUpload> {
  const file = {
    name: cleanFileName(name),
    type: cleanMediaType(type),
    fieldname,
  };
  return storeFile(source, file, place, verdict);
}
