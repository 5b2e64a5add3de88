import type { Socket } from 'node:net';
import { eventually } from './eventually.js';

/** An answer as it came on a connection. */
export interface RawAnswer {
  /** The status line and the headers. */
  readonly headers: string;
  readonly json: unknown;
}

/** Longer than any server here takes. */
const TRIES = 2000;

/** Waits for an answer of JSON on a connection that has got none yet. */
export async function answerOn(socket: Socket): Promise<RawAnswer> {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  let answer: RawAnswer | undefined;
  await eventually(() => {
    const [headers = '', body = ''] = received.split('\r\n\r\n');
    answer = { headers, json: JSON.parse(body) };
  }, TRIES);
  if (!answer) throw new Error('No answer has come.');
  return answer;
}
