import type { IncomingMessage, ServerResponse } from 'node:http';
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

/**
 * Waits until a form is parsed, and no longer than its client sends it.
 *
 * multer, told to stop, reads a request to its end before it reports anything,
 * and that end may never come; so its own outcome is not waited for. It stops
 * when the connection closes, which it does after the answer.
 *
 * @throws UploadError `UPLOAD_IDLE` if nothing has come for too long; else what
 * the parsing throws.
 */
export async function whileSending<T>(
  parsing: Promise<T>,
  { request, response, seconds, abandon }: FormWatch,
): Promise<T> {
  const idle = uploadIdle(seconds);
  let watch: IdleWatch | undefined;
  const expired = new Promise<never>((_, reject) => {
    watch = new IdleWatch({
      seconds,
      progress: () => receivedOf(request),
      expire: () => reject(idle),
    });
  });
  try {
    return await Promise.race([parsing, expired]);
  } catch (error) {
    if (error === idle) {
      // Behind half a request no other one can be read.
      if (!response.headersSent) response.setHeader('Connection', 'close');
      await abandon();
    }
    throw error;
  } finally {
    watch?.stop();
  }
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
