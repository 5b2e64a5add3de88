import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pattern } from '../core/floe/pattern.js';
import { OWNER } from '../e2e/documents.js';
import { type Received, receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { headerRules } from './answer-headers.js';
import {
  ADAPTERS,
  containerOf,
  DELIVERIES,
  Downloads,
  lastChange,
  storeFile,
} from './download-server.js';
import {
  type ExpectedValidators,
  expectedValidators,
} from './expected-validators.js';
import {
  type Answer,
  FILE_SIZES,
  type FileKind,
  filledIn,
  type RequestRow,
} from './request-row.js';
import { REQUESTS } from './requests.js';

// A date without a zone is one of Greenwich in HTTP, whatever the server's is.
process.env['TZ'] = 'Pacific/Auckland';

/** A stored file, as a client may know it. */
interface Stored extends ExpectedValidators {
  readonly filename: string;
}

const KINDS = Object.keys(FILE_SIZES) as FileKind[];

it('these requests are answered in another zone than that of HTTP', () => {
  expect(new Date().getTimezoneOffset()).not.toBe(0);
});

// D-20, D-21
describe.each(ADAPTERS)('a request on %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Downloads], ...parts });
  const kept = new Map<FileKind, Stored>();
  /** The same without a container. */
  const gone = new Map<FileKind, Stored>();

  beforeAll(async () => {
    for (const kind of KINDS) {
      kept.set(kind, await stored(kind));
      const other = await stored(kind);
      gone.set(kind, other);
      await unlink(containerOf(running, other.filename));
    }
  });

  afterAll(() => expectNothingOpen(running));

  describe.each(DELIVERIES)('by %s', (delivery) => {
    it.each(titled(REQUESTS))('%s', async (_title, row) => {
      const reading = isReading(row);
      const file = fileOf(reading ? kept : gone, row);
      const changed = lastChange(running);
      const answer = await ask(row, file, `?delivery=${delivery}`);
      const { seen, right, has } = compared(answer, row, file);
      expect(seen).toEqual(right);
      expect(answer.headers).toMatchObject(has);
      expect(reading || lastChange(running) === changed).toBe(true);
    });
  });

  describe('for a file that the handler has decrypted', () => {
    const requests = REQUESTS.filter(({ method }) => method !== 'POST');
    it.each(titled(requests))('%s', async (_title, row) => {
      const file = fileOf(kept, row);
      const answer = await ask(row, file, '/decrypted');
      const { seen, right, has } = compared(answer, row, file);
      expect(seen).toEqual(right);
      expect(answer.headers).toMatchObject(has);
    });
  });

  async function stored(kind: FileKind): Promise<Stored> {
    const content = pattern(FILE_SIZES[kind]);
    const filename = await storeFile(running, content);
    const { row } = await running.encryption.find(filename, OWNER);
    return { filename, ...expectedValidators(filename, row.createdAt) };
  }

  function ask(
    { method, headers }: RequestRow,
    file: Stored,
    way: string,
  ): Promise<Received> {
    return receive(`${running.url}/files/${file.filename}${way}`, {
      method,
      headers: filledIn(headers, file),
    });
  }
});

function fileOf(
  files: ReadonlyMap<FileKind, Stored>,
  { kind }: RequestRow,
): Stored {
  const file = files.get(kind);
  if (!file) throw new Error('The file has not been stored.');
  return file;
}

function titled(rows: readonly RequestRow[]) {
  return rows.map((row) => [`${row.method}: ${row.rule}`, row] as const);
}

/** Whether an answer has bytes of the file. */
function isReading({ method, answers }: RequestRow): boolean {
  return method !== 'HEAD' && answers.some(({ status }) => status < 300);
}

/** An answer as far as it is compared as a whole. */
interface Seen {
  readonly status: number;
  readonly broken: boolean;
  /** Names of headers that must not be there. */
  readonly wrong: readonly string[];
  /** The SHA-256 of a content, the text of anything else. */
  readonly body: unknown;
}

/** The right answer that is nearest, and what has come. */
function compared(
  received: Received,
  row: RequestRow,
  file: Stored,
): { readonly seen: Seen; readonly right: Seen; readonly has: object } {
  const { status, broken, headers, body } = received;
  const answer =
    row.answers.find((one) => one.status === status) ?? row.answers[0];
  if (!answer) throw new Error('The row has no answer.');
  const size = FILE_SIZES[row.kind];
  const { has, lacks } = headerRules(answer, { size, ...file });
  const wrong = lacks.filter((name) => name in headers);
  const text = status < 300 ? sha256(body) : String(body);
  return {
    seen: { status, broken, wrong, body: text },
    right: {
      status: answer.status,
      broken: false,
      wrong: [],
      body: rightBody(row, answer),
    },
    has,
  };
}

const CODES: Readonly<Record<number, string>> = {
  412: 'PRECONDITION_FAILED',
  416: 'RANGE_NOT_SATISFIABLE',
};

function rightBody(
  { method, kind }: RequestRow,
  { status, start = 0, end }: Answer,
): unknown {
  const code = CODES[status];
  if (status < 300) {
    const content = pattern(FILE_SIZES[kind]).subarray(start, end);
    return sha256(method === 'HEAD' ? Buffer.alloc(0) : content);
  }
  if (code === undefined || method === 'HEAD') return '';
  return expect.stringMatching(
    `^\\{"statusCode":${status},"code":"${code}","message":"[A-Z][^"]+\\."\\}$`,
  );
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
