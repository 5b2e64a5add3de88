import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { DataSourceOptions } from 'typeorm';

/** What of a statement gets through before its connection breaks. */
export type Moment = 'nothing' | 'statement' | 'late statement';

interface Cut {
  readonly text: string;
  readonly moment: Moment;
}

/** Stands between an application and its database server, on the loopback. */
export class DatabaseProxy {
  readonly #server = createServer((client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  readonly #target: { readonly host: string; readonly port: number };
  #isUp = true;
  #cut: Cut | undefined;
  #late: (() => Promise<void>) | undefined;

  private constructor(options: DataSourceOptions) {
    const { host, port, type } = options as {
      readonly host?: string;
      readonly port?: number;
      readonly type: string;
    };
    const usual = type === 'postgres' ? 5432 : 3306;
    this.#target = { host: host ?? '127.0.0.1', port: port ?? usual };
  }

  /** Listens before a database. */
  static async before(options: DataSourceOptions): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The options of a database, to be reached through here. */
  through(options: DataSourceOptions): DataSourceOptions {
    const { port } = this.#server.address() as { readonly port: number };
    return { ...options, host: '127.0.0.1', port } as DataSourceOptions;
  }

  /** Breaks all connections, and lets none come. */
  down(): void {
    this.#isUp = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  up(): void {
    this.#isUp = true;
  }

  /**
   * Breaks the connection that next sends a text: before the server has got it;
   * when the server has answered and its client does not know yet; or with the
   * text kept here, for {@link arrive}.
   */
  cutAt(text: string, moment: Moment): void {
    this.#cut = { text, moment };
  }

  /** Whether the text has come. */
  get hasCut(): boolean {
    return this.#cut === undefined;
  }

  /** Hands a late statement to the server, and waits for its answer. */
  async arrive(): Promise<void> {
    await this.#late?.();
    this.#late = undefined;
  }

  async close(): Promise<void> {
    this.down();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    this.#track(client);
    if (!this.#isUp) {
      client.destroy();
      return;
    }
    const server = connect(this.#target);
    this.#track(server);
    server.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => {
      const cut = this.#cut;
      if (!cut || !chunk.includes(cut.text)) server.write(chunk);
      else this.#break(cut.moment, { client, server, chunk });
    });
    client.once('close', () => {
      if (!this.#late) server.destroy();
    });
    server.once('close', () => client.destroy());
  }

  #break(moment: Moment, { client, server, chunk }: Broken): void {
    this.#cut = undefined;
    if (moment === 'late statement') {
      this.#late = async () => {
        server.write(chunk);
        await once(server, 'data');
        server.destroy();
      };
    } else if (moment === 'statement') {
      server.removeAllListeners('data');
      server.once('data', () => client.destroy());
      server.write(chunk);
      return;
    }
    client.destroy();
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

interface Broken {
  readonly client: Socket;
  readonly server: Socket;
  readonly chunk: Buffer;
}
