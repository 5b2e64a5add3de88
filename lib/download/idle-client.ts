import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { IdleWatch } from '../transfer/idle-watch.js';
import { breakOff, onceOver } from './answer-end.js';

const logger = new Logger('FileEncryptor');

/**
 * Destroys the connection of an answer whose client takes nothing for too long,
 * while there is something to take. Time in which the answer's bytes are made
 * does not count. Ends with the answer.
 *
 * @param seconds - for which the client may take nothing.
 */
export function endIfIdle(response: ServerResponse, seconds: number): void {
  const watch = new IdleWatch({
    seconds,
    progress: () => takenOf(response),
    expire: () => {
      logger.log(
        `A download was ended: for ${seconds} seconds its client has taken nothing.`,
      );
      breakOff(response);
    },
  });
  onceOver(response, () => watch.stop());
}

/**
 * Bytes that the system has taken for the client; undefined while nothing waits
 * for it, or what waits stands behind another answer of the same connection.
 *
 * Linux takes nothing until about a third of its send buffer is free, so that a
 * slow client moves in steps of so many bytes.
 */
function takenOf(response: ServerResponse): number | undefined {
  const { socket } = response;
  if (!socket || response.writableLength === 0) return undefined;
  return socket.bytesWritten - socket.writableLength - queuedOf(socket);
}

/**
 * Bytes of the running write that still wait. The public counts change only when
 * a write is complete, which takes a slow client long; Node's own timeouts of
 * sockets look here as well. 0 where a version of Node has no such number.
 *
 * @see node, lib/net.js, `Socket.prototype._onTimeout`
 */
function queuedOf(socket: Socket): number {
  const handle = Object(Reflect.get(socket, '_handle')) as {
    readonly writeQueueSize?: number;
  };
  return handle.writeQueueSize ?? 0;
}
