import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';

/** Of each answer that somebody has asked about. */
const ends = new WeakMap<ServerResponse, AbortController>();

/** The answers under way, by their connection, which has one listener for all. */
const underWay = new WeakMap<Socket, Set<AbortController>>();

/**
 * Aborted when an answer is over, by its end or by a client that went away.
 *
 * The event `close` of the answer is not enough: a client may send several
 * requests at once, and an answer that stands behind others has no connection
 * yet. When the connection goes, Node does not tell it.
 *
 * @param response - Node's own.
 * @returns the same signal at each call.
 */
export function overSignal(response: ServerResponse): AbortSignal {
  const controller = ends.get(response) ?? watch(response);
  // The events come a moment later.
  if (isOver(response)) controller.abort();
  return controller.signal;
}

function watch(response: ServerResponse): AbortController {
  const controller = new AbortController();
  ends.set(response, controller);
  if (isOver(response)) return controller;
  const connection = connectionOf(response);
  const all = connection && answersOf(connection);
  all?.add(controller);
  response.once('close', () => {
    all?.delete(controller);
    controller.abort();
  });
  return controller;
}

function isOver(response: ServerResponse): boolean {
  const isGone = connectionOf(response)?.destroyed === true;
  return response.destroyed || response.closed || isGone;
}

/** Calls a listener once when an answer is over, or now if it is already. */
export function onceOver(response: ServerResponse, listener: () => void): void {
  const over = overSignal(response);
  if (over.aborted) listener();
  else over.addEventListener('abort', listener, { once: true });
}

/** @see RFC 9113, 7 "Error Codes" */
const INTERNAL_ERROR = 2;

/**
 * Ends an answer so that its client sees that it is not whole. On HTTP/2 a stream
 * that is only destroyed ends as one that is complete.
 */
export function breakOff(response: ServerResponse): void {
  const { stream } = response as Partial<Pick<Http2ServerResponse, 'stream'>>;
  stream?.close(INTERNAL_ERROR);
  // Also where the client takes nothing, not even that it is over.
  response.destroy();
}

/** What stands for an answer in a test of the application may have none. */
function connectionOf(response: ServerResponse): Socket | undefined {
  const { req } = response as Partial<Pick<ServerResponse, 'req'>>;
  return req?.socket;
}

function answersOf(connection: Socket): Set<AbortController> {
  const known = underWay.get(connection);
  if (known) return known;
  const all = new Set<AbortController>();
  underWay.set(connection, all);
  connection.once('close', () => {
    for (const controller of all) controller.abort();
  });
  return all;
}
