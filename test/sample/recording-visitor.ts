import { type Answer, Visitor } from './visitor.js';

/** What answers have said beside the files that they brought. */
export interface Said {
  /** Headers without the name that a download offers, and without cookies. */
  readonly headers: string[];
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
    const kept = [...answer.headers].filter(
      ([name]) => name !== 'content-disposition' && name !== 'set-cookie',
    );
    this.#said.headers.push(JSON.stringify(kept));
    const body = answer.bytes.toString();
    // The page of a link shows its file, after a wrong password too.
    const isLinkPage = body.includes('<form');
    if (answer.status >= 400 && !isLinkPage) this.#said.errors.push(body);
    this.#said.statuses.add(answer.status);
    return answer;
  }
}
