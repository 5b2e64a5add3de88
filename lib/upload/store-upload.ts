import { writeContainer } from '../core/container/write-container.js';
import { SecretKey } from '../core/secret-key.js';
import { abandonObject, beginObject } from '../core/store/new-object.js';
import { detectType } from './detect-type.js';
import { EncryptedUpload, type UploadParts } from './encrypted-upload.js';
import { FileHead } from './file-head.js';
import { cleanFileName, cleanMediaType } from './file-name.js';

/** What a client says about a file. */
export interface UploadFacts {
  /** The client's name for the file; cleaned here. */
  readonly name: string;
  /** The declared media type; `application/octet-stream` when absent. */
  readonly type?: string | undefined;
  /** The form's field. */
  readonly fieldname?: string;
}

/** Where and how uploads are stored. */
export interface UploadPlace extends Pick<UploadParts, 'store' | 'hasRow'> {
  /** Plaintext bytes of a full segment. */
  readonly chunkSize: number;
}

/**
 * Encrypts a source into a new container as its bytes arrive. The container is
 * complete and durable when the promise resolves, and gone when it rejects.
 *
 * @param source - chunks of any length, each used until the next is asked for.
 * @param verdict - asked when the source has ended, before the container
 * appears; what it throws refuses the upload.
 * @throws UploadError `NAME_TOO_LONG`, before a byte is stored.
 * @throws StoreError if the store fails; else what the source throws.
 */
export async function storeUpload(
  source: AsyncIterable<Uint8Array>,
  facts: UploadFacts,
  { store, hasRow, chunkSize }: UploadPlace,
  verdict: () => void = () => undefined,
): Promise<EncryptedUpload> {
  const name = cleanFileName(facts.name);
  const type = cleanMediaType(facts.type);
  const dataKey = SecretKey.random();
  const { object, writer } = await beginObject(store);
  const head = new FileHead();
  try {
    const size = await writeContainer(head.watch(source), writer, {
      key: dataKey,
      chunkSize,
    });
    verdict();
    const detected = await detectType(head.bytes);
    await writer.commit();
    return new EncryptedUpload({
      store,
      dataKey,
      object,
      information: { name, type, size, detected },
      fieldname: facts.fieldname ?? '',
      hasRow,
    });
  } catch (error) {
    await abandonObject(writer, error);
    throw error;
  }
}
