/** Exit codes besides 0 and those of a signal. */
export const EXIT = { refused: 1, usage: 2, unopened: 3 } as const;

/** Ends a command with one line on the error output, and an exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(
    kind: Exclude<keyof typeof EXIT, 'refused'>,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = EXIT[kind];
  }
}

/** The command line, or what it names, cannot be used. */
export function wrongUsage(message: string, cause?: unknown): CommandFailure {
  return new CommandFailure('usage', message, { cause });
}

/** The application, its store or a database cannot be opened or used. */
export function notOpened(what: string, cause: unknown): CommandFailure {
  const { message } = Object(cause) as Partial<Error>;
  const why = oneLine(message || String(cause));
  return new CommandFailure('unopened', `${what}: ${why}`, { cause });
}

/** A text for a terminal: of one line, without what would steer it. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
