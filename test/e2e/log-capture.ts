import type { LoggerService } from '@nestjs/common';
import { inspect } from 'node:util';

/** One line of the log, with all that was handed over with it. */
export interface LogLine {
  readonly level: 'log' | 'warn' | 'error' | 'debug';
  readonly text: string;
}

/** A Nest logger that keeps its lines, errors with causes and properties. */
export class LogCapture implements LoggerService {
  readonly lines: LogLine[] = [];
  readonly #all: string[] = [];

  log(...parts: unknown[]): void {
    this.#add('log', parts);
  }

  warn(...parts: unknown[]): void {
    this.#add('warn', parts);
  }

  error(...parts: unknown[]): void {
    this.#add('error', parts);
  }

  debug(...parts: unknown[]): void {
    this.#add('debug', parts);
  }

  /** What was ever written, also before it was cleared. */
  get everything(): string {
    return this.#all.join('\n');
  }

  /** Everything since it was cleared, as one text. */
  get text(): string {
    return this.lines.map(({ text }) => text).join('\n');
  }

  /** The errors since then. */
  get errors(): readonly string[] {
    return this.lines
      .filter(({ level }) => level === 'error')
      .map(({ text }) => text);
  }

  clear(): void {
    this.lines.length = 0;
  }

  #add(level: LogLine['level'], parts: readonly unknown[]): void {
    const text = parts
      .map((part) =>
        typeof part === 'string' ? part : inspect(part, { depth: 8 }),
      )
      .join(' ');
    this.lines.push({ level, text });
    this.#all.push(text);
  }
}
