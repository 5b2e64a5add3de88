import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { RunningApp } from './running-app.js';

/** A connection on which a test sends what it likes, and when. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that has come, one letter for each byte. */
  readonly received: string;
  /** Whether the server has ended it, in whatever way. */
  readonly isOver: boolean;
  /** Sends, and waits until the system has taken it. */
  send(bytes: Uint8Array | string): Promise<void>;
}

/** Connects to an application; the caller destroys the socket. */
export async function connectTo({ port }: RunningApp): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let isOver = false;
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  for (const ending of ['end', 'error', 'close']) {
    socket.on(ending, () => {
      isOver = true;
    });
  }
  await once(socket, 'connect');
  return {
    socket,
    get received() {
      return received;
    },
    get isOver() {
      return isOver;
    },
    send: (bytes) =>
      new Promise((resolve) => {
        socket.write(bytes, () => resolve());
      }),
  };
}

/** The connections that an application holds. */
export async function connectionsOf({ app }: RunningApp): Promise<number> {
  const server = app.getHttpServer() as CountingServer;
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

interface CountingServer {
  getConnections(callback: (error: Error | null, count: number) => void): void;
}
