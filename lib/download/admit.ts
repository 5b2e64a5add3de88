import { Readable } from 'node:stream';
import type { Admission } from './admission.js';

/** The bytes of an answer, and the cookie that goes with them. */
export interface AdmittedBytes {
  readonly bytes: Readable;
  readonly cookie?: string | undefined;
}

/**
 * Opens an answer once it is admitted, and tells the admission how much of it
 * was handed over.
 *
 * @param admission - asked first; without one everything may leave.
 * @param over - settles when the answer is over.
 */
export async function openAdmitted(
  admission: Admission | undefined,
  length: number,
  {
    open,
    over,
  }: {
    readonly open: () => Promise<Readable>;
    readonly over: Promise<void>;
  },
): Promise<AdmittedBytes> {
  if (!admission) return { bytes: await open() };
  const admitted = await admission.admit(length);
  try {
    const count = { handed: 0 };
    const bytes = counted(await open(), count);
    void over.then(() => admitted.settle(count.handed));
    return { bytes, cookie: admitted.cookie };
  } catch (error) {
    await admitted.cancel();
    throw error;
  }
}

/** The same bytes; each is counted before it is given away. */
function counted(source: Readable, count: { handed: number }): Readable {
  const bytes = Readable.from(counting(source, count), { objectMode: false });
  // Destroyed unread, it never runs the generator around the source.
  bytes.once('close', () => source.destroy());
  return bytes;
}

async function* counting(
  source: Readable,
  count: { handed: number },
): AsyncGenerator<Buffer, void> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    count.handed += chunk.length;
    yield chunk;
  }
}
