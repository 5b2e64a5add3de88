/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The JSON that the answer holds. */
  json(): unknown;
}

/** What an upload and a list say about a file. */
export interface FileEntry {
  readonly filename: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What the one who makes a link gets to know, and its parts. */
export interface SharedLink {
  readonly id: number;
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly maxDownloads: number;
  /** Of the URL. */
  readonly path: string;
  /** The last part of the path. */
  readonly secret: string;
}

/** One browser, with its cookies. */
export class Visitor {
  readonly #url: string;
  readonly #cookies = new Map<string, string>();

  constructor(url: string) {
    this.#url = url;
  }

  /** A browser in which somebody has just signed in. */
  static async signedIn(url: string, name: string): Promise<Visitor> {
    const visitor = new Visitor(url);
    const { status } = await visitor.signIn(name);
    if (status !== 200) throw new Error(`signing in was answered ${status}`);
    return visitor;
  }

  /** The Cookie header that this browser sends. */
  get cookie(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  /** The same cookies in another browser, as they are now. */
  copy(): Visitor {
    const copy = new Visitor(this.#url);
    this.#cookies.forEach((value, name) => copy.#cookies.set(name, value));
    return copy;
  }

  async request(
    method: string,
    path: string,
    init: RequestInit = {},
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      ...init,
      method,
      redirect: 'manual',
      headers: { ...headersOf(init), cookie: this.cookie },
    });
    response.headers.getSetCookie().forEach((line) => this.#keep(line));
    const bytes = Buffer.from(await response.arrayBuffer());
    const json = (): unknown => JSON.parse(bytes.toString());
    return { status: response.status, headers: response.headers, bytes, json };
  }

  get(path: string): Promise<Answer> {
    return this.request('GET', path);
  }

  delete(path: string): Promise<Answer> {
    return this.request('DELETE', path);
  }

  /** Sends JSON. */
  post(path: string, body: unknown): Promise<Answer> {
    return this.request('POST', path, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  signIn(name: unknown): Promise<Answer> {
    return this.post('/api/session', { name });
  }

  upload(...files: readonly File[]): Promise<Answer> {
    const body = new FormData();
    files.forEach((file) => body.append('file', file));
    return this.request('POST', '/api/files', { body });
  }

  /** Uploads one file that must be taken. */
  async store(
    content: string | Uint8Array<ArrayBuffer>,
    name: string,
    type = 'text/plain',
  ): Promise<FileEntry> {
    const answer = await this.upload(new File([content], name, { type }));
    const [file] = answer.json() as FileEntry[];
    if (answer.status !== 201 || !file) {
      throw new Error(`the upload was answered ${answer.status}`);
    }
    return file;
  }

  /** Makes a link, valid for an hour, to a file of this visitor's. */
  async share(
    { filename }: FileEntry,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<SharedLink> {
    const path = `/api/files/${filename}/links`;
    const answer = await this.post(path, { expiresIn: 3600, ...options });
    if (answer.status !== 201) {
      throw new Error(`the link was answered ${answer.status}`);
    }
    const link = answer.json() as Omit<SharedLink, 'path' | 'secret'>;
    const { pathname } = new URL(link.url);
    const secret = pathname.slice('/d/'.length);
    return { ...link, path: pathname, secret };
  }

  async list(): Promise<FileEntry[]> {
    return (await this.get('/api/files')).json() as FileEntry[];
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name === undefined || value === undefined) return;
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

function headersOf(init: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(init.headers));
}
