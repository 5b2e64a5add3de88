/** Exit codes besides 0 and those of a signal. */
export const EXIT = { refused: 1, usage: 2, unopened: 3 } as const;

/** Ends a command with one line on the error output, and an exit code. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  /** @param message - the line; none is written where it is empty. */
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
  return new CommandFailure('unopened', `${what}: ${reasonOf(cause)}`, {
    cause,
  });
}

/**
 * What an error says, in one line. Where several addresses of a host refuse a
 * connection, the error itself says nothing: then it is the code of the first.
 */
export function reasonOf(cause: unknown): string {
  const { message, code } = Object(innerOf(cause)) as Partial<SystemError>;
  const isMany = cause instanceof AggregateError;
  return oneLine(String((isMany && code) || message || code || cause));
}

/** The code of an error, or of the first of several; else the error's name. */
export function codeOf(cause: unknown): string {
  const { code, name } = Object(innerOf(cause)) as Partial<SystemError>;
  return oneLine(String(code ?? name ?? 'unknown error'));
}

/** A text for a terminal: of one line, without what would steer it. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

interface SystemError extends Error {
  readonly code: string | number;
}

function innerOf(cause: unknown): unknown {
  return cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause;
}
