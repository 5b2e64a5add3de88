import { safeName } from './safe-name.js';
import { shortParts } from './short-name.js';

/** Room for ` (`, a number and `)`. */
const NUMBER_BYTES = 12;

/** Where a series of numbered names begins. */
const SECOND = 2;

/** What file systems leave out of account when they compare names. */
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The names under which files lie in a zip: safe, and each unlike every other,
 * also where a file system tells neither case nor composition apart. The first
 * of equal names keeps it; the others are numbered: `a.pdf`, `a (2).pdf`. The
 * time grows with the number of names, however many are equal.
 *
 * @param names - as clients have given them.
 * @returns as many, in the same order.
 */
export function zipNames(names: readonly string[]): string[] {
  const safe = names.map(safeName);
  // All of them, so that no number makes a name which comes later.
  const taken = new Set(safe.map(keyOf));
  const given = new Set<string>();
  const next = new Map<string, number>();
  return safe.map((name) => {
    const key = keyOf(name);
    if (given.has(key)) return numbered(name, taken, next);
    given.add(key);
    return name;
  });
}

/** Counts on where the last name of the same series has been. */
function numbered(
  name: string,
  taken: Set<string>,
  next: Map<string, number>,
): string {
  const { stem, extension } = shortParts(name, NUMBER_BYTES);
  // A made-up name is one of two series at most, so that few are found taken.
  const series = keyOf(`${stem}/${extension}`);
  for (let number = next.get(series) ?? SECOND; ; number += 1) {
    const candidate = `${stem} (${number})${extension}`;
    const key = keyOf(candidate);
    if (!taken.has(key)) {
      taken.add(key);
      next.set(series, number + 1);
      return candidate;
    }
  }
}

/**
 * The same for names that some file system takes for one.
 *
 * @see The Unicode Standard, 3.13.5 "Default Caseless Matching", D145; both ways
 * of mapping stand for the folding, which they are a little coarser than.
 */
function keyOf(name: string): string {
  return name
    .replace(IGNORED, '')
    .normalize('NFD')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFD');
}
