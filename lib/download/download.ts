import type { Readable } from 'node:stream';
import type { Admission } from './admission.js';
import { DecryptedFile } from './decrypted-file.js';
import { type Answer, deliver } from './deliver.js';
import type { DownloadOptionValues } from './delivery.js';
import { downloadHeaders } from './download-headers.js';
import { EncryptedFile } from './encrypted-file.js';
import { type Validators, validatorsOf } from './validators.js';
import { ZipDownload } from './zip-download.js';

/** What the interceptor sends, whatever a handler has returned for it. */
export interface Download {
  /** Bytes of all of it. */
  readonly size: number;
  /** Seconds for which the client may take nothing of it. */
  readonly idleTimeout: number;
  /** What describes it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Without them it has neither conditions nor ranges. */
  readonly validators?: Validators;
  /** What has to agree before bytes leave. */
  readonly admission?: Admission | undefined;
  /** @returns the bytes of the answer; destroying them gives everything back. */
  open(answer: Answer): Promise<Readable>;
  /** Gives everything back where nothing is sent. */
  discard(): Promise<void>;
}

/**
 * The download that a handler's result is.
 *
 * @param route - what the route says; the file itself overrides it.
 * @returns undefined for any other result.
 */
export function downloadOf(
  result: unknown,
  route: DownloadOptionValues,
): Download | undefined {
  if (result instanceof EncryptedFile) return ofEncrypted(result, route);
  if (result instanceof DecryptedFile) return ofDecrypted(result, route);
  if (result instanceof ZipDownload) return ofZip(result);
  return undefined;
}

function ofEncrypted(
  file: EncryptedFile,
  route: DownloadOptionValues,
): Download {
  const { name, type, detected, size, idleTimeout, admission } = file;
  const disposition = file.disposition ?? route.disposition ?? 'attachment';
  const delivery = file.delivery ?? route.delivery ?? file.defaultDelivery;
  return {
    size,
    idleTimeout,
    admission,
    headers: downloadHeaders({ name, type, detected, disposition }),
    validators: validatorsOf(file),
    open: (answer) => deliver(file, delivery, answer),
    discard: async () => undefined,
  };
}

function ofDecrypted(
  file: DecryptedFile,
  { disposition = 'attachment' }: DownloadOptionValues,
): Download {
  const { name, type, size } = file;
  const { detected, idleTimeout } = file.of;
  return {
    size,
    idleTimeout,
    headers: downloadHeaders({ name, type, detected, disposition }),
    validators: validatorsOf(file.of),
    open: async ({ range }) => file.createReadStream(range),
    discard: () => file.dispose(),
  };
}

const ZIP_TYPE = 'application/zip';

/** Always attached, and without validators: neither conditions nor ranges. */
function ofZip(zip: ZipDownload): Download {
  const { name, size, idleTimeout } = zip;
  return {
    size,
    idleTimeout,
    headers: {
      ...downloadHeaders({
        name,
        type: ZIP_TYPE,
        detected: undefined,
        disposition: 'attachment',
      }),
      // This one is no claim of a client.
      'Content-Type': ZIP_TYPE,
    },
    open: async ({ signal }) => zip.stream(signal),
    discard: async () => undefined,
  };
}
