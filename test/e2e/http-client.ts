import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request,
} from 'node:http';

/** What came of a request. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** All bytes that came. */
  readonly body: Buffer;
  /** Whether the connection broke before the answer was complete. */
  readonly broken: boolean;
}

/** How a request is sent. */
export interface Sending {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing when absent. */
  readonly json?: unknown;
}

/** Sends a request and reads its answer as far as it comes. */
export async function receive(
  url: string,
  sending: Sending = {},
): Promise<Received> {
  const response = await begin(url, sending);
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    response.on('error', () => undefined);
    response.on('close', resolve);
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks),
    broken: !response.complete,
  };
}

/**
 * Sends a request and reads nothing of the answer's body.
 *
 * @param sending - how; a GET when absent.
 * @returns the answer when its headers have come; the caller reads or destroys it.
 */
export function begin(
  url: string,
  sending: Sending = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = send(url, sending);
    sent.on('response', resolve);
    sent.on('error', reject);
  });
}

/** Sends a request and goes away before an answer comes. */
export async function abandon(
  url: string,
  sending: Sending = {},
): Promise<void> {
  await new Promise<void>((resolve) => {
    const sent = send(url, sending);
    sent.on('error', () => resolve());
    sent.on('finish', () => setImmediate(() => sent.destroy()));
    sent.on('close', resolve);
  });
}

function send(
  url: string,
  { method = 'GET', headers = {}, json }: Sending,
): ClientRequest {
  const agent = new Agent({ keepAlive: false });
  const text = json === undefined ? undefined : JSON.stringify(json);
  const content =
    text === undefined ? {} : { 'Content-Type': 'application/json' };
  const sent = request(url, {
    method,
    headers: { ...content, ...headers },
    agent,
  });
  return sent.end(text);
}
