import { once } from 'node:events';
import { CommandFailure } from './command-failure.js';

/** The output of a command, written no faster than it is read. */
export class CommandOutput {
  readonly #stream: NodeJS.WriteStream;
  #error: unknown;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
    stream.on('error', this.#fail);
  }

  /**
   * Writes a text, and waits until there is room for more.
   *
   * @throws CommandFailure without a message if nobody reads any longer, as after
   * `| head -1`.
   */
  async write(text: string): Promise<void> {
    if (this.#error === undefined && !this.#stream.write(text)) {
      await once(this.#stream, 'drain').catch(this.#fail);
    }
    if (this.#error === undefined) return;
    throw new CommandFailure('unopened', '', { cause: this.#error });
  }

  readonly #fail = (error: unknown): void => {
    this.#error = error;
  };
}
