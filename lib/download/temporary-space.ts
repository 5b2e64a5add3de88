import { StoreError } from '../core/errors.js';

/** What all temporary files of a folder may hold, where nothing is said. */
export const DEFAULT_TMP_MAX_BYTES = 1024 ** 3;

/** Bytes that are reserved for one temporary file. */
export interface ReservedSpace {
  readonly bytes: number;
  /** Gives them back; may be called again. */
  release(): void;
}

/** How much there is, and how long one waits for it. */
export interface TemporarySpaceOptions {
  /** Bytes; a safe integer from 0 on. */
  readonly limit: number;
  /** Milliseconds. */
  readonly patience?: number | undefined;
}

/** Who waits for a turn. */
interface Waiter {
  readonly bytes: number;
  readonly admit: (space: ReservedSpace) => void;
  readonly refuse: (error: Error) => void;
}

const PATIENCE_MS = 30_000;

/** Seconds. */
const RETRY_AFTER = 10;

/**
 * The bytes that the temporary files of one folder may hold at once. They are
 * reserved before a file is made, so that the files never hold more.
 */
export class TemporarySpace {
  readonly #limit: number;
  readonly #patience: number;
  #free: number;
  /** First come, first served. */
  readonly #waiting = new Set<Waiter>();

  constructor({ limit, patience = PATIENCE_MS }: TemporarySpaceOptions) {
    this.#limit = limit;
    this.#patience = patience;
    this.#free = limit;
  }

  /**
   * Reserves bytes that are free now.
   *
   * @returns undefined if there are not as many, or somebody waits already: who
   * never waits must not take away what others wait for.
   */
  reserveNow(bytes: number): ReservedSpace | undefined {
    const isFree = this.#waiting.size === 0 && bytes <= this.#free;
    return isFree ? this.#take(bytes) : undefined;
  }

  /**
   * Reserves bytes, and waits for its turn. A small one behind a large one waits
   * as well, or the large one might wait for ever.
   *
   * @throws {@link StoreError} `TEMPORARY_SPACE`: at once if there will never be
   * as many, else when the patience is over.
   */
  async reserve(bytes: number): Promise<ReservedSpace> {
    if (bytes > this.#limit) throw tooLarge(bytes, this.#limit);
    return this.reserveNow(bytes) ?? (await this.#turn(bytes));
  }

  /** Refuses all who wait. */
  refuseWaiting(error: Error): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { refuse } of all) refuse(error);
  }

  #take(bytes: number): ReservedSpace {
    this.#free -= bytes;
    let isTaken = true;
    return {
      bytes,
      release: () => {
        if (!isTaken) return;
        isTaken = false;
        this.#free += bytes;
        this.#admitNext();
      },
    };
  }

  #admitNext(): void {
    for (const waiter of this.#waiting) {
      if (waiter.bytes > this.#free) return;
      this.#waiting.delete(waiter);
      waiter.admit(this.#take(waiter.bytes));
    }
  }

  #turn(bytes: number): Promise<ReservedSpace> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(waiter);
        reject(noRoom(this.#limit));
        // Those behind it may have waited for nothing else.
        this.#admitNext();
      };
      const timer = setTimeout(giveUp, this.#patience);
      const waiter: Waiter = {
        bytes,
        admit: (space) => {
          clearTimeout(timer);
          resolve(space);
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.add(waiter);
    });
  }
}

const TMP_MAX_BYTES = 'tmpMaxBytes (FILE_ENCRYPTOR_TMP_MAX_BYTES)';

function tooLarge(bytes: number, limit: number): StoreError {
  return new StoreError(
    `A temporary file of ${bytes} bytes is larger than ${TMP_MAX_BYTES} allows for all of them, ${limit} bytes. Raise it, or read the file as a stream, which needs no temporary file.`,
    { code: 'TEMPORARY_SPACE' },
  );
}

function noRoom(limit: number): StoreError {
  return new StoreError(
    `There was no room for a temporary file: others hold the ${limit} bytes of ${TMP_MAX_BYTES}, or wait for them. Try again later, dispose of decrypted files as soon as they are not needed, or raise it.`,
    { code: 'TEMPORARY_SPACE', retryAfter: RETRY_AFTER },
  );
}
