/** An answer that is no success, in words that fit the page. */
export class Refusal extends Error {
  /**
   * @param {number} status - HTTP status; 0 if there was no answer.
   * @param {{ message?: string }} [body] - the error's JSON.
   */
  constructor(status, body) {
    super(wordsFor(status, body));
    this.status = status;
  }
}

/**
 * Calls the drive.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] - sent as JSON.
 * @returns {Promise<any>} the answer's JSON; undefined if it has no content.
 * @throws {Refusal}
 */
export async function call(method, path, body) {
  const request = { method, cache: 'no-store' };
  if (body !== undefined) {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, request);
  } catch {
    throw new Refusal(0);
  }
  const content = parse(await answer.text().catch(() => ''));
  if (!answer.ok) {
    throw new Refusal(answer.status, content);
  }
  return content;
}

/** Where the drive has a file of the list. */
export function addressOf(file) {
  return `/api/files/${encodeURIComponent(file.filename)}`;
}

/**
 * Uploads one file. Unlike `fetch`, XMLHttpRequest tells how far it has come.
 *
 * @param {File} file
 * @param {(sent: number, total: number) => void} onProgress
 * @returns {{ stored: Promise<object[]>, cancel: () => void }} `stored` is
 * rejected with a {@link Refusal}, and for ever pending after `cancel`.
 */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const stored = new Promise((resolve, reject) => {
    request.upload.addEventListener('progress', (event) => {
      onProgress(event.loaded, event.total);
    });
    request.addEventListener('error', () => reject(new Refusal(0)));
    request.addEventListener('load', () => {
      const content = parse(request.responseText);
      if (request.status === 201 && Array.isArray(content)) {
        resolve(content);
      } else {
        reject(new Refusal(request.status, content));
      }
    });
  });
  const form = new FormData();
  form.append('file', file);
  request.open('POST', '/api/files');
  request.send(form);
  return { stored, cancel: () => request.abort() };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordsFor(status, body) {
  if (status === 0) {
    return 'The connection was lost.';
  }
  if (status === 401) {
    return 'You are signed out.';
  }
  if (status === 413) {
    return 'This file is larger than the drive allows.';
  }
  return body?.message ?? 'The drive could not do this.';
}
