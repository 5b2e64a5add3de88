import type { Server, ServerResponse } from 'node:http';

/** What is kept of the body of an error. */
const KEPT_BYTES = 64 * 1024;

/**
 * Keeps what a server's answers say beside files: all headers, and the bodies of
 * errors, whoever asked and whether they arrived or not.
 */
export class AnswerRecord {
  readonly #texts: string[] = [];

  /** Begins with the next request. */
  listen(server: Server): void {
    server.prependListener('request', (_, response) => this.#watch(response));
  }

  /** Headers and bodies so far. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  #watch(response: ServerResponse): void {
    const body = recordBody(response);
    const head = recordHead(response);
    response.once('close', () => {
      this.#texts.push(JSON.stringify([response.getHeaders(), head]));
      if (response.statusCode >= 400) this.#texts.push(body());
    });
  }
}

/** Headers that are handed over with the status: nobody else keeps them. */
function recordHead(response: ServerResponse): unknown[] {
  const head: unknown[] = [];
  const original = response.writeHead.bind(response) as (
    ...all: unknown[]
  ) => ServerResponse;
  response.writeHead = (...all: unknown[]): ServerResponse => {
    head.push(...all);
    return original(...all);
  };
  return head;
}

/** Puts itself before the two ways in which a body is written. */
function recordBody(response: ServerResponse): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  const keep = (chunk: unknown) => {
    const isText = typeof chunk === 'string';
    if (!isText && !(chunk instanceof Uint8Array)) return;
    const bytes = Buffer.from(chunk).subarray(0, KEPT_BYTES - length);
    chunks.push(bytes);
    length += bytes.length;
  };
  for (const name of ['write', 'end'] as const) {
    const original = response[name].bind(response) as (
      ...all: unknown[]
    ) => never;
    response[name] = (...all: unknown[]): never => {
      keep(all[0]);
      return original(...all);
    };
  }
  return () => Buffer.concat(chunks).toString();
}
