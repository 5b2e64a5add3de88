/**
 * Seconds for which a client may stand still where nothing else is said.
 *
 * @see nginx, `client_body_timeout` and `send_timeout`: a minute each, between
 * two operations and not for the whole transfer.
 */
export const DEFAULT_IDLE_TIMEOUT = 60;

/** A day, in seconds. */
export const MAX_IDLE_TIMEOUT = 86_400;

/** How often a client is looked at while it may stand still. */
const LOOKS = 8;

/** What an {@link IdleWatch} looks at. */
export interface IdleWatchParts {
  /** Seconds for which the client may stand still; a safe integer from 1 on. */
  readonly seconds: number;
  /**
   * A count that changes with whatever the client sends or takes; undefined
   * while it has nothing to do.
   */
  readonly progress: () => number | undefined;
  /** Called once, after that time or up to a quarter later. */
  readonly expire: () => void;
}

/**
 * Looks, again and again, whether a client moves.
 *
 * It counts looks instead of reading a clock: in a process that was held up, a
 * client has not stood still, it was not looked at. And it leaves the timeouts
 * of the socket alone, which belong to the application and to Node: they do not
 * tell a client that waits for us from one for which we wait.
 */
export class IdleWatch {
  readonly #parts: IdleWatchParts;
  readonly #timer: NodeJS.Timeout;
  #last: number | undefined;
  /** Looks at which nothing had moved. */
  #still = 0;

  constructor(parts: IdleWatchParts) {
    this.#parts = parts;
    this.#last = parts.progress();
    this.#timer = setInterval(
      () => this.#look(),
      (parts.seconds * 1000) / LOOKS,
    );
    // What keeps the process alive is the connection.
    this.#timer.unref();
  }

  /** Ends it; may be called again. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = this.#parts.progress();
    const isStill = now !== undefined && now === this.#last;
    this.#last = now;
    this.#still = isStill ? this.#still + 1 : 0;
    // One more than it takes: its turn may have come since the look before.
    if (this.#still <= LOOKS) return;
    this.stop();
    this.#parts.expire();
  }
}
