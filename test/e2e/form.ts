import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';

/** One part of a form, as its bytes go over the wire. */
export interface Part {
  /** The header `Content-Disposition` behind `form-data; `, latin1 letters. */
  readonly disposition: string;
  readonly type?: string;
  readonly content: Uint8Array | string;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
  /** Whether it came by a connection that had been used before. */
  readonly reused: boolean;
}

/** How a form is sent. */
export interface Posting {
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps connections; the caller destroys it. */
  readonly agent?: Agent;
}

/** The boundary of all forms here. */
export const BOUNDARY = 'form-boundary-7d1f';

/** The header that announces such a form. */
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** The bytes of a form; each letter of a disposition becomes one byte. */
export function formBytes(parts: readonly Part[]): Buffer {
  return Buffer.concat([
    ...parts.flatMap(({ disposition, type = 'text/plain', content }) => [
      Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n`,
        'latin1',
      ),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

/** UTF-8 bytes as latin1 letters, as browsers put them into a disposition. */
export function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Sends bytes as a form. */
export function post(
  url: string,
  body: Uint8Array,
  type: string = FORM_TYPE,
  { headers = {}, agent }: Posting = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        // No connection is kept: it would count among what is open.
        agent: agent ?? false,
        headers: {
          'Content-Type': type,
          'Content-Length': body.length,
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve(answer(response, chunks, sent.reusedSocket)),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends parts as a form. */
export function postForm(
  url: string,
  ...parts: readonly Part[]
): Promise<Answer> {
  return post(url, formBytes(parts));
}

/** A part that holds a file, in the field `file` unless another is named. */
export function filePart(
  name: string,
  content: Uint8Array | string,
  field = 'file',
): Part {
  return {
    disposition: `name="${field}"; filename="${utf8(name)}"`,
    content,
  };
}

function answer(
  { statusCode = 0, headers }: IncomingMessage,
  chunks: readonly Buffer[],
  reused: boolean,
): Answer {
  const text = Buffer.concat(chunks).toString();
  return {
    status: statusCode,
    headers,
    text,
    reused,
    get json(): unknown {
      return JSON.parse(text);
    },
  };
}
