import { inspect } from 'node:util';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { type EncryptedFile, FileEncryptorError } from 'nestjs-file-encryptor';
import { disclosed } from '../core/disclosure.js';
import { Document, DocumentToken, OWNER } from '../e2e/documents.js';
import { type Received, receive, type Sending } from '../e2e/http-client.js';
import type { HostilePlace } from './hostile-place.js';

/** What each call answered: a code, or what it gave. */
export type Answers = Readonly<Record<string, string>>;

/** All calls that read a row, on the first victim of a place. */
export class HostileCalls {
  readonly #place: HostilePlace;
  /** All that was said of failures, each thing once. */
  readonly #said = new Set<string>();

  constructor(place: HostilePlace) {
    this.#place = place;
  }

  /** What of the secrets was said; empty if nothing. */
  get disclosed(): readonly unknown[] {
    const { texts, keys } = this.#place.secrets;
    const said = [...this.#said].join('\n');
    return [
      ...texts.filter((text) => said.includes(text)),
      ...keys.flatMap((key) => disclosed(said, key)),
    ];
  }

  /** How many different things were said. */
  get count(): number {
    return this.#said.size;
  }

  /** Calls of the services. */
  async services(): Promise<Answers> {
    const { mine, server } = this.#place;
    const { encryption } = server.running;
    const { filename } = mine.file;
    const manager = server.source.manager;
    const row = await manager.findOneByOrFail(Document, { id: mine.file.id });
    const token = await manager.findOneByOrFail(DocumentToken, OWNER);
    const find = () => encryption.find(filename, OWNER);
    return {
      find: await this.#answer(async () => this.#described(await find())),
      stream: await this.#answer(async () =>
        this.#content(await buffer((await find()).createReadStream())),
      ),
      list: await this.#answer(() => this.#list()),
      describe: await this.#answer(async () =>
        this.#described(await encryption.describe(row, token, OWNER)),
      ),
      open: await this.#answer(async () =>
        this.#described(await encryption.open(row, token, OWNER)),
      ),
      verify: await this.#answer(async () => {
        await encryption.verify(row, token, OWNER);
        return 'mine';
      }),
      decryptFile: await this.#answer(async () => {
        await using file = await encryption.decryptFile(row, token, OWNER);
        return this.#content(await readFile(file.path));
      }),
    };
  }

  /** Calls of the service of links. */
  async links(): Promise<Answers> {
    const { mine, server } = this.#place;
    const { links } = server;
    return {
      linkFind: await this.#answer(async () =>
        this.#described(await links.find(mine.secret)),
      ),
      linkRedeem: await this.#answer(async () =>
        this.#described(await links.redeem(mine.secret)),
      ),
      linkList: await this.#answer(async () => {
        const listed = await links.list(mine.file.filename, OWNER);
        JSON.stringify(listed);
        return this.#listed(listed.some(({ id }) => id === mine.link.id));
      }),
    };
  }

  /** Requests. */
  async requests(): Promise<Answers> {
    const { mine, server } = this.#place;
    const file = `${server.running.url}/files/${mine.file.filename}`;
    const link = `${server.running.url}/links/${mine.secret}`;
    return {
      get: await this.#ask(file),
      head: await this.#ask(file, { method: 'HEAD' }),
      page: await this.#ask(link),
      post: await this.#ask(link, { method: 'POST' }),
    };
  }

  /** What writes with the owner's token. */
  async writes(): Promise<Answers> {
    const { server } = this.#place;
    const { encryption } = server.running;
    const token = await server.source.manager.findOneByOrFail(
      DocumentToken,
      OWNER,
    );
    const before = await server.running.containers();
    const save = await this.#answer(async () => {
      const source = Readable.from([Buffer.from('more')]);
      const facts = { name: 'more.txt', type: 'text/plain' };
      const upload = await encryption.encryptUpload(source, facts);
      await encryption.save(upload, OWNER);
      return 'saved';
    });
    const after = await server.running.containers();
    const rewrap = await this.#answer(async () =>
      (await encryption.rewrap(token, OWNER)) === undefined
        ? 'nothing'
        : 'done',
    );
    const left = after.join() === before.join() ? '' : ', and left a container';
    return { save: save + left, rewrap };
  }

  async revoke(): Promise<string> {
    const { mine, server } = this.#place;
    return this.#answer(async () => {
      await server.links.revoke(mine.link.id, OWNER);
      return 'revoked';
    });
  }

  async remove(): Promise<string> {
    const { mine, server } = this.#place;
    return this.#answer(async () => {
      await server.running.encryption.remove(mine.file.filename, OWNER);
      return 'removed';
    });
  }

  async erase(): Promise<string> {
    return this.#answer(async () => {
      const { encryption } = this.#place.server.running;
      const { tokens, files, containers } = await encryption.erase(OWNER);
      return `erased ${tokens} ${files} ${containers}`;
    });
  }

  /** The list without the damaged row has the others, and a line in the log. */
  async #list(): Promise<string> {
    const { mine, sibling, server } = this.#place;
    const listed = await server.running.encryption.list(OWNER);
    // As a page would send it.
    JSON.stringify(listed);
    const names = new Set(listed.map(({ name }) => name));
    if (!names.has(sibling.name)) return 'the other file is missing';
    return this.#listed(names.has(mine.name));
  }

  #listed(isListed: boolean): string {
    if (isListed) return 'listed';
    const { log } = this.#place.server.running;
    const isTold = log.errors.some((line) => line.includes('is incomplete'));
    return isTold ? 'left out' : 'absent';
  }

  #described(file: Pick<EncryptedFile, 'name' | 'type' | 'size'>): string {
    const { name, content } = this.#place.mine;
    const isMine = file.name === name && file.size === content.length;
    JSON.stringify(file);
    return isMine ? 'mine' : `another: ${file.name}`;
  }

  #content(bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString();
    return text === this.#place.mine.content ? 'mine' : `another: ${text}`;
  }

  async #answer(act: () => Promise<string>): Promise<string> {
    const { log } = this.#place.server.running;
    log.clear();
    try {
      return await act();
    } catch (error) {
      this.#hear(inspect(error, { depth: 9 }));
      return error instanceof FileEncryptorError
        ? error.code
        : `no typed error: ${String(error)}`;
    } finally {
      this.#hear(log.text);
    }
  }

  async #ask(url: string, sending: Sending = {}): Promise<string> {
    const { log } = this.#place.server.running;
    log.clear();
    const answer = await receive(url, sending);
    this.#hear(log.text);
    if (answer.broken) return 'broken';
    if (answer.status < 300) return this.#received(answer, sending);
    this.#hear(answer.body.toString());
    this.#hear(JSON.stringify(answer.headers));
    return refusal(answer, sending);
  }

  #received({ headers, body }: Received, { method }: Sending): string {
    const { name, content } = this.#place.mine;
    const disposition = decodeURIComponent(
      headers['content-disposition'] ?? '',
    );
    if (headers['content-type']?.startsWith('application/json')) {
      return body.includes(name) ? 'mine' : `another: ${body.toString()}`;
    }
    const isMine =
      disposition.includes(name) &&
      headers['content-length'] === String(content.length);
    if (!isMine) return `another: ${disposition}`;
    return method === 'HEAD' ? 'mine' : this.#content(body);
  }

  /** Without what differs each time. */
  #hear(text: string): void {
    for (const line of text.split('\n')) {
      this.#said.add(
        line.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, ''),
      );
    }
  }
}

/** Status and code of an error's neutral JSON. */
function refusal(
  { status, headers, body }: Received,
  { method }: Sending,
): string {
  if (headers['content-disposition'] !== undefined) return 'an error as a file';
  if (method === 'HEAD') return `${status}`;
  const json = JSON.parse(body.toString()) as Record<string, unknown>;
  const members = Object.keys(json).toSorted().join();
  if (members !== 'code,message,statusCode') return `members ${members}`;
  return `${status} ${String(json['code'])}`;
}
