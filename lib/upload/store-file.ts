import { writeContainer } from '../core/container/write-container.js';
import { SecretKey } from '../core/secret-key.js';
import { abandonObject, beginObject } from '../core/store/new-object.js';
import type { ObjectName } from '../core/store/object-key.js';
import { detectType } from './detect-type.js';
import { EncryptedUpload, type UploadParts } from './encrypted-upload.js';
import { FileHead } from './file-head.js';
import { FALLBACK_TYPE } from './file-name.js';

/** What is said of a file that is to be stored, and is taken as it stands. */
export interface NewFile extends Pick<UploadParts, 'createdAt'> {
  /** 4,096 bytes of UTF-8 at most. */
  readonly name: string;
  /** A clean media type; the one that the first bytes show when absent. */
  readonly type?: string | undefined;
  /** The form's field. */
  readonly fieldname?: string | undefined;
  /** Its name in the store, which it keeps; a random one when absent. */
  readonly object?: ObjectName | undefined;
}

/** Where and how files are stored. */
export interface UploadPlace extends Pick<UploadParts, 'store' | 'hasRow'> {
  /** Plaintext bytes of a full segment. */
  readonly chunkSize: number;
}

/**
 * Encrypts a source into a new container as its bytes arrive. The container is
 * complete and durable when the promise resolves, and gone when it rejects.
 *
 * @param source - chunks of any length, each used until the next is asked for;
 * not touched if the container cannot be begun.
 * @param verdict - asked when the source has ended, before the container
 * appears; what it throws refuses the file.
 * @throws StoreError if the store fails, of code `OBJECT_EXISTS` if the given
 * name is taken; else what the source throws.
 */
export async function storeFile(
  source: AsyncIterable<Uint8Array>,
  file: NewFile,
  { store, hasRow, chunkSize }: UploadPlace,
  verdict: () => void = () => undefined,
): Promise<EncryptedUpload> {
  const dataKey = SecretKey.random();
  const { object, writer } = await beginObject(store, file.object);
  const head = new FileHead();
  try {
    const size = await writeContainer(head.watch(source), writer, {
      key: dataKey,
      chunkSize,
    });
    verdict();
    const detected = await detectType(head.bytes);
    await writer.commit();
    const type = file.type ?? detected ?? FALLBACK_TYPE;
    return new EncryptedUpload({
      store,
      dataKey,
      object,
      information: { name: file.name, type, size, detected },
      fieldname: file.fieldname ?? '',
      keepsName: file.object !== undefined,
      createdAt: file.createdAt,
      hasRow,
    });
  } catch (error) {
    await abandonObject(writer, error);
    throw error;
  }
}
