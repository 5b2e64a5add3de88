import type { Socket } from 'node:net';
import { BOUNDARY, FORM_TYPE, formBytes, type Part } from './form.js';
import { connectTo } from './raw-connection.js';
import type { RunningApp } from './running-app.js';

/** Where an unfinished form goes, and what it claims. */
export interface UnfinishedForm {
  /** Without a slash in front. */
  readonly route: string;
  /** Bytes that are announced and never sent; 1,000 when absent. */
  readonly missing?: number;
}

/**
 * Sends a form whose end never comes.
 *
 * @returns the connection, when the system has taken all that is sent; the
 * caller destroys it.
 */
export async function beginForm(
  running: RunningApp,
  { route, missing = 1000 }: UnfinishedForm,
  parts: readonly Part[],
): Promise<Socket> {
  const ending = Buffer.byteLength(`\r\n--${BOUNDARY}--\r\n`);
  const whole = formBytes(parts);
  const connection = await connectTo(running);
  await connection.send(
    `POST /${route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${whole.length + missing}\r\n\r\n`,
  );
  await connection.send(whole.subarray(0, whole.length - ending));
  return connection.socket;
}
