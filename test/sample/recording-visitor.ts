import { type Answer, Visitor } from './visitor.js';

/** What answers have said beside the files that they brought. */
export interface Said {
  /** Headers, but for the two below. */
  readonly headers: string[];
  /** The names that downloads offer. */
  readonly dispositions: string[];
  readonly cookies: string[];
  /** JSON and pages that are no errors. */
  readonly answers: string[];
  /** The bodies of errors, but for the page of a link that works. */
  readonly errors: string[];
  /** The statuses, for a look at what was tried. */
  readonly statuses: Set<number>;
}

/** A browser that keeps what it is told. */
export class RecordingVisitor extends Visitor {
  readonly #said: Said;

  constructor(url: string, said: Said) {
    super(url);
    this.#said = said;
  }

  override async request(
    method: string,
    path: string,
    init: RequestInit = {},
  ): Promise<Answer> {
    const answer = await super.request(method, path, init);
    this.#keepHeaders(answer);
    this.#keepBody(answer);
    this.#said.statuses.add(answer.status);
    return answer;
  }

  #keepHeaders({ headers }: Answer): void {
    const { dispositions, cookies } = this.#said;
    const others = new Headers(headers);
    dispositions.push(others.get('content-disposition') ?? '');
    cookies.push(others.get('set-cookie') ?? '');
    others.delete('content-disposition');
    others.delete('set-cookie');
    this.#said.headers.push(JSON.stringify([...others]));
  }

  #keepBody({ status, headers, bytes }: Answer): void {
    const type = headers.get('content-type') ?? '';
    if (!/^(application\/json|text\/html)/.test(type)) return;
    const body = bytes.toString();
    // The page of a link shows its file, after a wrong password too.
    const isError = status >= 400 && !body.includes('<form');
    this.#said[isError ? 'errors' : 'answers'].push(body);
  }
}
