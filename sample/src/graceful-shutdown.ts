import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as TcpServer, type Socket } from 'node:net';
import { type INestApplication, Logger } from '@nestjs/common';

const logger = new Logger('Drive');

/** Milliseconds after the signal at which running transfers are cut off. */
const PATIENCE = 9_000;
/** Milliseconds after the signal at which the process ends, whatever hangs. */
const LIMIT = 10_000;

/**
 * Ends the process in good order on SIGTERM and SIGINT, with status 0: no new
 * connections, idle ones closed at once, running transfers brought to their
 * end, if they come to it in time.
 *
 * Nest's own `enableShutdownHooks` raises the signal again when it is done,
 * which a supervisor sees as a failure.
 */
export function shutDownOnSignals(app: INestApplication<Server>): void {
  const connections = new Connections(app.getHttpServer());
  let stopping = false;
  const stop = () => {
    // Ctrl-C reaches a process that npm has started twice.
    if (stopping) return;
    stopping = true;
    logger.log(`Ending: what runs may take ${PATIENCE / 1000} seconds more.`);
    setTimeout(() => connections.cut(), PATIENCE);
    setTimeout(() => process.exit(0), LIMIT);
    void connections
      .drain()
      .then(() => app.close())
      .finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** The open connections of a server, and how many answers each still owes. */
class Connections {
  private readonly open = new Map<Socket, number>();
  private draining = false;

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, 0);
      socket.once('close', () => this.open.delete(socket));
    });
    server.on('request', (request: IncomingMessage, answer: ServerResponse) => {
      const { socket } = request;
      this.count(socket, 1);
      answer.once('close', () => this.count(socket, -1));
    });
  }

  /** Resolves when the last connection is closed. */
  drain(): Promise<void> {
    this.draining = true;
    return new Promise((resolve) => {
      // An HTTP server's own `close` would cut off answers that are written but
      // not yet sent, and spare connections that a browser has opened in advance.
      TcpServer.prototype.close.call(this.server, () => resolve());
      this.open.forEach((_, socket) => this.closeIfIdle(socket));
    });
  }

  /** Closes what is left. */
  cut(): void {
    logger.warn(`Connections that were cut off: ${this.open.size}.`);
    this.open.forEach((_, socket) => socket.destroy());
  }

  private count(socket: Socket, change: 1 | -1): void {
    const owed = this.open.get(socket);
    if (owed === undefined) return;
    this.open.set(socket, owed + change);
    this.closeIfIdle(socket);
  }

  private closeIfIdle(socket: Socket): void {
    // Not `destroy`: the end of an answer may still be on its way out.
    if (this.draining && this.open.get(socket) === 0) socket.destroySoon();
  }
}
