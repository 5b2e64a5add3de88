import { Document, DocumentToken, OWNER } from '../e2e/documents.js';
import { DocumentLink } from '../e2e/linked-documents.js';
import type { Answers, HostileCalls } from './hostile-calls.js';
import type { HostilePlace, Target } from './hostile-place.js';
import type { Manipulation } from './hostile-texts.js';
import { faultsOf } from './hostile-verdicts.js';

/** What came of a list of manipulations. */
export interface Trial {
  /** What was wrong; empty if nothing was. */
  readonly faults: readonly unknown[];
  /** How many the database has let in. */
  readonly written: number;
}

/** One column, and what is written into it. */
export interface Trying {
  readonly target: Target;
  readonly manipulations: readonly Manipulation[];
  /** Whether the database compares texts without regard to case. */
  readonly lenient?: boolean;
}

/** Writes one thing after another, and makes all calls that read the row. */
export async function tryReading(
  place: HostilePlace,
  calls: HostileCalls,
  { target, manipulations, lenient = false }: Trying,
): Promise<Trial> {
  const faults: unknown[] = [];
  let written = 0;
  for (const manipulation of manipulations) {
    if (!(await place.write(target, manipulation.value))) continue;
    written += 1;
    const answers = await answersTo(calls, target, manipulation);
    faults.push(...faultsOf(answers, { target, manipulation, lenient }));
  }
  await place.restore();
  return { faults: [...faults, ...calls.disclosed], written };
}

/**
 * Writes one thing after another, and removes the file, then erases the owner.
 * Everything is put back each time.
 */
export async function tryRemoving(
  place: HostilePlace,
  calls: HostileCalls,
  { target, manipulations }: Trying,
): Promise<Trial> {
  const faults: unknown[] = [];
  let written = 0;
  for (const { what, value, light } of manipulations) {
    if (light || !(await place.write(target, value))) continue;
    written += 1;
    const name = `${target.table}.${target.column}, ${what}`;
    const revoked = await calls.revoke();
    if (revoked !== revocationOf(target)) {
      faults.push(`${name}: revoke answers ${revoked}`);
    }
    const isFound = target.table !== 'file' || target.column !== 'filename';
    const removed = await calls.remove();
    const left = await leftOf(place, { isFound });
    if (isFound ? removed !== 'removed' || left.file : !isGone(removed)) {
      faults.push(`${name}: remove answers ${removed}, ${said(left)}`);
    }
    await place.restore();
    await place.write(target, value);
    const erased = await calls.erase();
    const all = await leftOf(place, { isFound });
    const isErased = isFound ? erased === 'erased 1 2 2' : isHalf(erased);
    if (!isErased || all.rows > 0 || (isFound && all.file)) {
      faults.push(`${name}: erase answers ${erased}, ${said(all)}`);
    }
    if ((await calls.erase()) !== 'erased 0 0 0') {
      faults.push(`${name}: a second erasure finds something`);
    }
    await place.restore();
  }
  return { faults: [...faults, ...calls.disclosed], written };
}

interface Left {
  /** Of the owner, files and tokens. */
  readonly rows: number;
  /** Whether row, links or container of the file are there. */
  readonly file: boolean;
}

async function leftOf(
  { server, mine }: HostilePlace,
  { isFound }: { readonly isFound: boolean },
): Promise<Left> {
  const { manager } = server.source;
  const { id, filename } = mine.file;
  const containers = await server.running.containers();
  const isThere = await Promise.all([
    manager.existsBy(Document, { id }),
    manager.existsBy(DocumentLink, { filename }),
  ]);
  const isStored = containers.some((path) => path.endsWith(filename));
  return {
    rows:
      (await manager.countBy(Document, OWNER)) +
      (await manager.countBy(DocumentToken, OWNER)),
    file: isFound && (isThere.includes(true) || isStored),
  };
}

/** By the row's owner, which is compared and not opened. */
function revocationOf({ table, column }: Target): string {
  return table === 'link' && column === 'owner' ? 'LINK_INVALID' : 'revoked';
}

/** What removes by a filename does not find the row. */
function isGone(answer: string): boolean {
  return answer === 'FILE_NOT_FOUND';
}

/** Nobody knows the container of a row that has lost its filename: the sweep. */
function isHalf(answer: string): boolean {
  return answer === 'STORE' || answer === 'erased 1 2 1';
}

function said({ rows, file }: Left): string {
  return `and leaves ${rows} rows${file ? ' and the file' : ''}`;
}

async function answersTo(
  calls: HostileCalls,
  { table }: Target,
  { light = false }: Manipulation,
): Promise<Answers> {
  return {
    ...(await calls.services()),
    ...(await calls.links()),
    ...(!light && (await calls.requests())),
    ...(!light && table === 'token' && (await calls.writes())),
  };
}
