import type { Readable } from 'node:stream';
import type { StorageEngine } from 'multer';
import { EncryptedUpload } from './encrypted-upload.js';
import { decodeFileName } from './file-name.js';
import type { UploadFacts } from './store-upload.js';
import { fileTooLarge, refuseCut } from './upload-failure.js';

/** What the engine hands a part's bytes to. */
export type Encrypt = (
  source: AsyncIterable<Uint8Array>,
  facts: UploadFacts,
  verdict: () => void,
) => Promise<EncryptedUpload>;

type Engine = Required<StorageEngine>;
type MulterFile = Parameters<Engine['_handleFile']>[1];

/** multer's file, with the upload that the engine has made of it. */
export interface StoredFile {
  readonly upload: EncryptedUpload;
}

/** What is known of one request's files. */
interface Form {
  /** Whether nothing more is taken. */
  isOver: boolean;
  /** Of the files that are under way. */
  readonly sources: Set<Readable>;
  readonly files: Promise<EncryptedUpload>[];
}

/**
 * multer's storage engine: encrypts a part while its bytes arrive.
 *
 * multer wants a file that is under way removed when a client goes away, before
 * the engine has called back, and then only if the file has a `path`.
 */
export class EncryptingEngine implements Engine {
  readonly #encrypt: Encrypt;
  readonly #running = new WeakMap<object, Promise<EncryptedUpload>>();
  readonly #forms = new WeakMap<object, Form>();

  constructor(encrypt: Encrypt) {
    this.#encrypt = encrypt;
  }

  _handleFile: Engine['_handleFile'] = (request, file, callback) => {
    // Read by multer alone, as a mark that there is something to remove.
    file.path = 'encrypted';
    const form = this.#formOf(request);
    const running = this.#store(file, form);
    this.#running.set(file, running);
    form.files.push(running);
    running.then(
      (upload) => callback(null, { upload } as object),
      (error: unknown) => callback(error as Error),
    );
  };

  _removeFile: Engine['_removeFile'] = (_request, file, callback) => {
    this.#discard(file).then(
      () => callback(null),
      (error: unknown) => callback(error as Error),
    );
  };

  /**
   * Ends what is under way of a request's files, and takes no more of them.
   *
   * @returns those that were stored; the caller discards them.
   */
  async abandon(request: object): Promise<EncryptedUpload[]> {
    const form = this.#formOf(request);
    form.isOver = true;
    for (const source of form.sources) source.destroy(abandoned());
    const files = await Promise.allSettled(form.files);
    return files.flatMap((file) =>
      file.status === 'fulfilled' ? [file.value] : [],
    );
  }

  #formOf(request: object): Form {
    const known = this.#forms.get(request);
    if (known) return known;
    const form: Form = { isOver: false, sources: new Set(), files: [] };
    this.#forms.set(request, form);
    return form;
  }

  async #store(file: MulterFile, form: Form): Promise<EncryptedUpload> {
    const source = file.stream as Readable & { readonly truncated?: boolean };
    const facts = {
      name: decodeFileName(file.originalname),
      type: file.mimetype,
      fieldname: file.fieldname,
    };
    form.sources.add(source);
    // Its end would come with the end of the part, which may never come.
    source.once('limit', () => source.destroy(fileTooLarge()));
    try {
      if (form.isOver) throw abandoned();
      // multer counts on its stream ending by itself, so the loop that reads it
      // does not destroy it.
      const chunks = source.iterator({ destroyOnReturn: false });
      return await this.#encrypt(chunks, facts, () => refuseCut(source));
    } catch (error) {
      source.resume();
      throw error;
    } finally {
      form.sources.delete(source);
    }
  }

  /** Once it is known what a file has become. */
  async #discard(file: unknown): Promise<void> {
    // After the interceptor, Nest asks for the removal of the upload itself.
    if (file instanceof EncryptedUpload) return file.discard();
    const known = Object(file) as Partial<StoredFile>;
    // Of a file that is stored, multer hands over a copy of its own, which the
    // map does not have. Whoever failed to store a file has removed it.
    const upload =
      known.upload ?? (await this.#running.get(known)?.catch(() => undefined));
    await upload?.discard();
  }
}

/** Heard by multer alone: the request has been answered otherwise. */
function abandoned(): Error {
  return new Error('The form was given up.');
}
