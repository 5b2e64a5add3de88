import { request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** @import { IncomingMessage } from 'node:http' */
/** @import { Drive } from './drive.mjs' */

/**
 * @typedef {object} Question
 * @property {string} kind - What the report calls it.
 * @property {string} [method]
 * @property {string} path
 * @property {string} [cookie]
 * @property {Record<string, string>} [headers]
 * @property {Buffer} [body]
 * @property {Pace} [pace] - How it is sent.
 * @property {Pace} [reading] - How the answer is read.
 * @property {number} [breakAt] - The connection is broken off when so many bytes
 * of the body have been sent.
 * @property {(chunk: Buffer) => void} [take] - Is given what has come, which is
 * not kept then; the connection is broken off if it throws.
 */

/**
 * Bytes at once, and milliseconds between.
 *
 * @typedef {object} Pace
 * @property {number} bytes
 * @property {number} ms
 * @property {number} [head] - Bytes that go before, at once.
 * @property {AbortSignal} [until] - All the rest goes at once from then on.
 */

/**
 * @typedef {object} Answer
 * @property {number} status - 0 if the connection broke before the headers.
 * @property {Buffer} bytes - What has come.
 * @property {boolean} isWhole - Whether all has come.
 * @property {string[]} cookies
 * @property {string} [fault] - Why it is not.
 */

/**
 * Asks a drive; never fails: a connection that breaks is an answer. The drive
 * emits `answered` with the question, the answer and the bytes that have come.
 *
 * @param {Drive} drive
 * @param {Question} question
 * @returns {Promise<Answer>}
 */
export async function ask(drive, question) {
  const flight = { kind: question.kind, isSent: false };
  drive.inFlight.add(flight);
  /** @type {Buffer[]} */
  const chunks = [];
  let received = 0;
  const { take = (/** @type {Buffer} */ chunk) => chunks.push(chunk) } =
    question;
  /** @type {Omit<Answer, 'bytes'>} */
  const answer = { status: 0, cookies: [], isWhole: false };
  try {
    const response = await send(drive, question, flight);
    answer.status = response.statusCode ?? 0;
    answer.cookies = response.headers['set-cookie'] ?? [];
    for await (const chunk of response) {
      received += chunk.length;
      take(chunk);
      if (question.reading) await pause(question.reading);
    }
    answer.isWhole = response.complete;
  } catch (error) {
    answer.fault = String(error);
  } finally {
    drive.inFlight.delete(flight);
  }
  drive.emit('answered', question, answer, received);
  return { ...answer, bytes: Buffer.concat(chunks) };
}

/**
 * @param {Drive} drive
 * @param {Question} question
 * @param {{ kind: string, isSent: boolean }} flight
 * @returns {Promise<IncomingMessage>}
 */
function send(drive, question, flight) {
  const { kind, method = 'GET', path, cookie, body, headers } = question;
  return new Promise((resolve, reject) => {
    const sent = request(drive.url + path, {
      method,
      agent: false,
      headers: {
        ...(cookie && { cookie }),
        ...(body && { 'content-length': body.length }),
        ...headers,
      },
    });
    sent.once('response', resolve);
    // Also after the answer has begun: its reader learns of it by itself.
    sent.on('error', reject);
    sent.once('socket', () => drive.emit('step', kind, 'begun'));
    sent.once('finish', () => {
      flight.isSent = true;
      drive.emit('step', kind, 'sent');
    });
    void write(sent, question);
  });
}

/**
 * @param {import('node:http').ClientRequest} sent
 * @param {Question} question
 */
async function write(sent, { body, pace, breakAt }) {
  if (body && breakAt !== undefined) {
    sent.write(body.subarray(0, breakAt), () => sent.destroy());
    return;
  }
  if (!body || !pace) {
    sent.end(body);
    return;
  }
  const { bytes, head = bytes, until } = pace;
  let at = 0;
  while (at < body.length && !sent.destroyed) {
    if (until?.aborted) break;
    const next = at + (at === 0 ? head : bytes);
    sent.write(body.subarray(at, next));
    at = next;
    await pause(pace);
  }
  sent.end(body.subarray(at));
}

/** @param {Pace} pace */
async function pause({ ms, until }) {
  // It ends early when all the rest may go.
  await setTimeout(ms, undefined, { signal: until }).catch(() => undefined);
}

/**
 * @param {readonly { name: string, content: Buffer }[]} files
 * @returns {{ body: Buffer, headers: Record<string, string> }} a form.
 */
export function formOf(files) {
  const boundary = 'form-boundary-7c1f';
  const parts = files.flatMap(({ name, content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    content,
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  const type = `multipart/form-data; boundary=${boundary}`;
  return { body, headers: { 'content-type': type } };
}

/**
 * @param {unknown} value
 * @returns {{ body: Buffer, headers: Record<string, string> }}
 */
export function jsonOf(value) {
  const body = Buffer.from(JSON.stringify(value));
  return { body, headers: { 'content-type': 'application/json' } };
}

/** @param {Answer} answer @returns {any} the JSON that it holds. */
export function read({ bytes }) {
  return JSON.parse(bytes.toString());
}
