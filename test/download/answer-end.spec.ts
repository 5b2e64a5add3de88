import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onceOver, overSignal } from '../../lib/download/answer-end.js';
import { eventually } from '../e2e/eventually.js';

describe('the end of an answer', () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  let responses: ServerResponse[] = [];
  let server: Server;
  beforeEach(async () => {
    responses = [];
    warnings.length = 0;
    process.on('warning', onWarning);
    server = createServer((_, response) => void responses.push(response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    process.off('warning', onWarning);
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  it('is told of each that stands behind others, when the client goes', async () => {
    const socket = await ask(20);
    const over = watched();
    expect(over()).toEqual(Array(20).fill(false));
    socket.destroy();
    await eventually(() => expect(over()).toEqual(Array(20).fill(true)));
    // Such as of so many listeners that they look like a leak.
    expect(warnings).toEqual([]);
  });

  it('is told of the one that has ended, and of no other', async () => {
    const socket = await ask(3);
    const over = watched();
    responses[0]?.end();
    await eventually(() => expect(over()).toEqual([true, false, false]));
    socket.destroy();
    await eventually(() => expect(over()).toEqual([true, true, true]));
  });

  it('is told at once where it has been reached already', async () => {
    const socket = await ask(2);
    const connection = responses[0]?.req.socket;
    socket.destroy();
    await eventually(() => expect(connection?.destroyed).toBe(true));
    expect(watched()()).toEqual([true, true]);
    const told: number[] = [];
    responses.forEach((response, index) => {
      onceOver(response, () => told.push(index));
    });
    expect(told).toEqual([0, 1]);
  });

  it('is known to who asks before the events of a connection that is gone', async () => {
    await ask(2);
    const over = watched();
    // As by an error of reading: its event comes in a turn of its own.
    responses[0]?.req.socket.destroy();
    expect(over()).toEqual([false, false]);
    expect(watched()()).toEqual([true, true]);
  });

  /** Sends requests at once, of which none is answered. */
  async function ask(count: number): Promise<Socket> {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(count));
    await eventually(() => expect(responses).toHaveLength(count));
    return socket;
  }

  /** @returns what tells which of the answers are over. */
  function watched(): () => boolean[] {
    const signals = responses.map(overSignal);
    return () => signals.map(({ aborted }) => aborted);
  }
});
