import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { IdleWatch } from '../transfer/idle-watch.js';
import { uploadIdle } from './upload-failure.js';

/** Whose form it is, and what is done when nothing more comes of it. */
export interface FormWatch {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** For which the client may send nothing. */
  readonly seconds: number;
  /** Removes what has come of the form; waited for before it is answered. */
  readonly abandon: () => Promise<void>;
}

/** For how long an answer waits for a store that does not come back. */
const ABANDON_MS = 5000;

const logger = new Logger('FileEncryptor');

/**
 * Waits until a form is parsed, and no longer than its client sends it.
 *
 * multer, told to stop, reads a request to its end before it reports anything,
 * and that end may never come; so its own outcome is not waited for. It stops
 * when the connection closes, which it does after the answer.
 *
 * @throws UploadError `UPLOAD_IDLE` if nothing has come for too long, and the form
 * was not refused before; else what the parsing throws.
 */
export async function whileSending<T>(
  parsing: Promise<T>,
  { request, response, seconds, abandon }: FormWatch,
): Promise<T> {
  let isIdle = false;
  let watch: IdleWatch | undefined;
  const expired = new Promise<never>((_, reject) => {
    watch = new IdleWatch({
      seconds,
      progress: () => receivedOf(request),
      expire: () => {
        isIdle = true;
        const idle = uploadIdle(seconds);
        failRequest(request, idle);
        // Until then the parsing has failed, if it had a reason of its own.
        setImmediate(() => reject(idle));
      },
    });
  });
  try {
    return await Promise.race([parsing, expired]);
  } catch (error) {
    if (isIdle) {
      // Behind half a request no other one can be read.
      if (!response.headersSent) response.setHeader('Connection', 'close');
      await briefly(abandon());
    }
    throw error;
  } finally {
    watch?.stop();
  }
}

/**
 * Tells who reads a request that it has failed, as Node does when it closes the
 * connection after the answer. multer, if it has refused the form and reads on to
 * its end, takes this for the end, and reports why it has refused it.
 */
function failRequest(request: IncomingMessage, error: Error): void {
  if (request.listenerCount('error') > 0) request.emit('error', error);
}

/** Waits for a removal, which goes on alone if it takes too long. */
async function briefly(abandoning: Promise<void>): Promise<void> {
  const done = abandoning.catch((error: unknown) =>
    logger.warn(
      `What had come of a form that was given up could not be removed: ${String(error)}`,
    ),
  );
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ABANDON_MS);
  });
  await Promise.race([done, enough]);
  clearTimeout(timer);
}

/**
 * Bytes that the connection has brought; undefined while it is not the client
 * that we wait for: all has come, or what has come has not been read yet.
 */
function receivedOf(request: IncomingMessage): number | undefined {
  return request.complete || request.readableLength > 0
    ? undefined
    : request.socket.bytesRead;
}
