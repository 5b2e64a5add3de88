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

/** Who waits for a turn, until it is admitted or refused. */
interface Waiter {
  readonly bytes: number;
  readonly admit: (space: ReservedSpace) => void;
  readonly refuse: (reason: unknown) => void;
}

const PATIENCE_MS = 30_000;

/** Each who waits holds what it was called for, as a request and its connection. */
const MAX_WAITING = 64;

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
   * @param signal - ends the waiting.
   * @throws {@link StoreError} `TEMPORARY_LIMIT` if there will never be as many;
   * `TEMPORARY_SPACE` when the patience is over, or at once if 64 wait already.
   * @throws the reason of `signal`.
   */
  async reserve(bytes: number, signal?: AbortSignal): Promise<ReservedSpace> {
    signal?.throwIfAborted();
    if (bytes > this.#limit) throw tooLarge(bytes, this.#limit);
    const space = this.reserveNow(bytes);
    if (space) return space;
    if (this.#waiting.size >= MAX_WAITING) throw noRoom(this.#limit);
    return this.#turn(bytes, signal);
  }

  /** Refuses all who wait. */
  refuseWaiting(error: Error): void {
    for (const { refuse } of this.#waiting) refuse(error);
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
      waiter.admit(this.#take(waiter.bytes));
    }
  }

  #turn(
    bytes: number,
    signal: AbortSignal | undefined,
  ): Promise<ReservedSpace> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const waiter: Waiter = {
        bytes,
        admit: (space) => {
          leave();
          resolve(space);
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      const giveUp = (reason: unknown) => {
        waiter.refuse(reason);
        // Those behind it may have waited for nothing else.
        this.#admitNext();
      };
      const abort = () => giveUp(signal?.reason);
      const late = () => giveUp(noRoom(this.#limit));
      const timer = setTimeout(late, this.#patience);
      signal?.addEventListener('abort', abort);
      this.#waiting.add(waiter);
    });
  }
}

const TMP_MAX_BYTES = 'tmpMaxBytes (FILE_ENCRYPTOR_TMP_MAX_BYTES)';

function tooLarge(bytes: number, limit: number): StoreError {
  return new StoreError(
    `A temporary file of ${bytes} bytes is larger than ${TMP_MAX_BYTES} allows for all of them, ${limit} bytes. Raise it, or read the file as a stream, which needs no temporary file.`,
    { code: 'TEMPORARY_LIMIT' },
  );
}

function noRoom(limit: number): StoreError {
  return new StoreError(
    `There was no room for a temporary file: others hold the ${limit} bytes of ${TMP_MAX_BYTES}, or wait for them. Try again later, dispose of decrypted files as soon as they are not needed, or raise it.`,
    { code: 'TEMPORARY_SPACE', retryAfter: RETRY_AFTER },
  );
}
