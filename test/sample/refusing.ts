import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import type { Drive } from './drive.js';

/** Opens a connection, and sends nothing. */
export async function connectTo({ url }: Drive): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the drive takes no connections any more. */
export async function refusing(drive: Drive): Promise<void> {
  await expect
    .poll(
      () =>
        connectTo(drive).then(
          (socket) => void socket.destroy(),
          (error: NodeJS.ErrnoException) => error.code,
        ),
      { timeout: 20_000 },
    )
    .toBe('ECONNREFUSED');
}
