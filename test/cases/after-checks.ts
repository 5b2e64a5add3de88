import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { disclosed } from '../core/disclosure.js';
import { eventually } from '../e2e/eventually.js';
import { filesWith } from '../e2e/plain-texts.js';

/** What the checks look at: an application, in this process or in another. */
export interface Watched {
  /** All its folders are in this one: containers, temporary files, database. */
  readonly folder: string;
  /** Resolves if it answers. */
  alive(): Promise<unknown>;
  /** Paths of the files below its folder for temporary files. */
  temporaryFiles(): Promise<string[]>;
  /** Paths of all files below the folder of its store, sorted. */
  containers(): Promise<string[]>;
  /** The paths of the containers that its rows name, sorted. */
  rows(): Promise<string[]>;
  /** Descriptors that its process has open, of whatever kind. */
  descriptors(): number;
  /** The log, the headers of all answers, the bodies of errors. */
  texts(): readonly string[];
  /** The bytes of all keys that it uses. */
  keys(): Promise<readonly Uint8Array[]>;
}

/** What a case tells the checks. */
export interface Case {
  /**
   * The content of a file: letters of which no part is like another, and a canary
   * among them, again and again. It must be found on no disk and in no text.
   *
   * @param size - bytes; no canary fits into fewer than 31.
   */
  content(size: number): Buffer;
  /** After each test, when the checks were made: `afterEach` comes before them. */
  afterCase(clean: () => Promise<unknown>): void;
  /** A raw token, or another text that no log, header or error may show. */
  keepSecret(text: string): void;
  /** The next check of the descriptors counts from here. */
  countDescriptors(): void;
}

/** What the checks compare with. */
export interface Expected {
  /** Descriptors before the case. */
  readonly descriptors: number;
  /** Texts out of the contents of files. */
  readonly canaries: readonly string[];
  /** Raw tokens. */
  readonly secrets: readonly string[];
  /** Rejections that nobody has handled. */
  readonly unhandled: readonly unknown[];
}

/** Makes the six checks after each test of a suite. */
export function useAfterChecks(watched: () => Watched): Case {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  const canaries: string[] = [];
  const secrets: string[] = [];
  const cleaning: (() => Promise<unknown>)[] = [];
  let descriptors = 0;
  const countDescriptors = () => {
    descriptors = watched().descriptors();
  };
  beforeAll(() => {
    process.on('unhandledRejection', onUnhandled);
  });
  afterAll(() => {
    process.off('unhandledRejection', onUnhandled);
  });
  beforeEach(countDescriptors);
  afterEach(async () => {
    try {
      const expected = { descriptors, canaries, secrets, unhandled };
      await checkAfter(watched(), expected);
    } finally {
      for (const clean of cleaning) await clean();
    }
  });
  return {
    content(size) {
      const canary = `canary-${randomBytes(12).toString('hex')}`;
      canaries.push(canary);
      return contentWith(canary, size);
    },
    afterCase(clean) {
      cleaning.push(clean);
    },
    keepSecret(text) {
      secrets.push(text);
    },
    countDescriptors,
  };
}

/** How often a content shows its canary. */
const CANARY_EVERY = 1500;

function contentWith(canary: string, size: number): Buffer {
  const letters = randomBytes(Math.ceil((size * 3) / 4)).toString('base64url');
  const content = Buffer.from(letters).subarray(0, size);
  for (let at = 0; at < size; at += CANARY_EVERY) content.write(canary, at);
  return content;
}

/**
 * The six checks that hold after every case:
 *
 * 1. the process lives, and no rejection went unhandled
 * 2. there is no temporary file
 * 3. containers and rows match one to one
 * 4. no more descriptors are open than before
 * 5. no content is found on the disk, in the log, in headers or errors
 * 6. no key and no raw token is found in the log, in headers or errors
 *
 * @param tries - how often to look for what takes a moment.
 */
export async function checkAfter(
  app: Watched,
  { descriptors, canaries, secrets, unhandled }: Expected,
  tries?: number,
): Promise<void> {
  await app.alive();
  expect(unhandled).toEqual([]);
  await eventually(async () => {
    expect(await app.temporaryFiles()).toEqual([]);
    expect(await app.containers()).toEqual(await app.rows());
    expect(app.descriptors()).toBeLessThanOrEqual(descriptors);
  }, tries);
  expect(await filesWith(app.folder, canaries)).toEqual([]);
  const text = app.texts().join('\n');
  expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  const shown = (await app.keys()).flatMap((key) => disclosed(text, key));
  expect(shown).toEqual([]);
}
