import { get, request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** @import { IncomingMessage } from 'node:http' */

const BOUNDARY = 'bench-boundary-5b1d';
const HEAD = Buffer.from(
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="report.pdf"\r\nContent-Type: application/pdf\r\n\r\n`,
);
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
const BLOCK = Buffer.alloc(64 * 1024, 'uploaded ');

/**
 * Reads an answer and throws its bytes away.
 *
 * @param {string} url
 * @param {number} size - what must come, or it is an error.
 */
export async function download(url, size) {
  const response = await begin(url);
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  expectEqual(received, size);
}

/**
 * Goes away as soon as there is a byte.
 *
 * @param {string} url
 * @returns {Promise<number>} seconds from the request to the first byte.
 */
export async function timeToFirstByte(url) {
  const start = performance.now();
  const response = await begin(url);
  await new Promise((resolve, reject) => {
    response.once('data', resolve);
    response.once('error', reject);
  });
  const seconds = (performance.now() - start) / 1000;
  response.destroy();
  return seconds;
}

/**
 * Sends a form with one file, and waits for the answer `{ size }`.
 *
 * @param {string} url
 * @param {number} size
 */
export async function upload(url, size) {
  const sent = request(url, {
    method: 'POST',
    agent: false,
    headers: {
      'Content-Type': `multipart/form-data; boundary=${BOUNDARY}`,
      'Content-Length': HEAD.length + size + TAIL.length,
    },
  });
  const answered = new Promise((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  await pipeline(Readable.from(form(size), { objectMode: false }), sent);
  const response = /** @type {IncomingMessage} */ (await answered);
  let text = '';
  for await (const chunk of response) text += chunk;
  expectEqual(response.statusCode, 201);
  expectEqual(JSON.parse(text).size, size);
}

/** @param {number} size */
function* form(size) {
  yield HEAD;
  for (let left = size; left > 0; left -= BLOCK.length) {
    yield BLOCK.subarray(0, left);
  }
  yield TAIL;
}

/**
 * @param {string} url
 * @returns {Promise<IncomingMessage>}
 */
async function begin(url) {
  /** @type {IncomingMessage} */
  const response = await new Promise((resolve, reject) => {
    get(url, { agent: false }, resolve).once('error', reject);
  });
  expectEqual(response.statusCode, 200);
  return response;
}

/**
 * @param {string | number | undefined} actual
 * @param {string | number} expected
 */
function expectEqual(actual, expected) {
  if (actual !== expected) {
    throw new Error(`The server was to give ${expected}, and gave ${actual}.`);
  }
}
