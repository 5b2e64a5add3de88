import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Listens for what ends a command: the first signal aborts, so that the work at
 * hand is finished; the second one ends the process as ever.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #number: number | undefined;

  constructor() {
    for (const name of SIGNALS) process.once(name, this.#interrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As shells have it: 130 after SIGINT, 143 after SIGTERM. */
  get exitCode(): number | undefined {
    return this.#number && 128 + this.#number;
  }

  /** Listens no longer. */
  end(): void {
    for (const name of SIGNALS) process.off(name, this.#interrupt);
  }

  readonly #interrupt = (name: (typeof SIGNALS)[number]): void => {
    this.end();
    this.#number = constants.signals[name];
    this.#controller.abort();
  };
}
