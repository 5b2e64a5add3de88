/** A file to be stored. */
export interface PlainFile {
  readonly name: string;
  readonly content: Buffer;
}

const COUNT = 1000;
const SIZE = 1000;

/**
 * A thousand files of a kilobyte, two equal names and a path among them.
 *
 * @param mark - stands in each of them, again and again.
 */
export function manyFiles(mark: string): PlainFile[] {
  return Array.from({ length: COUNT }, (_, number) => ({
    name: SPECIAL[number] ?? `${number}.txt`,
    content: Buffer.alloc(SIZE, `${number} ${mark} `),
  }));
}

const SPECIAL: readonly string[] = ['equal.txt', 'equal.txt', '../x'];
