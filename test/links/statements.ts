import { inspect } from 'node:util';
import type { Logger } from 'typeorm';

/** A logger of TypeORM that keeps the statements, with their parameters. */
export class Statements implements Logger {
  readonly #lines: string[] = [];

  /** Everything so far, as one text. */
  get text(): string {
    return this.#lines.join('\n');
  }

  /** The statements so far that are no reading ones. */
  get writes(): readonly string[] {
    return this.#lines.filter((line) => !/^\s*(SELECT|PRAGMA)\b/i.test(line));
  }

  get count(): number {
    return this.#lines.length;
  }

  clear(): void {
    this.#lines.length = 0;
  }

  logQuery(query: string, parameters?: unknown): void {
    this.#add(query, parameters);
  }

  logQueryError(_error: unknown, query: string, parameters?: unknown): void {
    this.#add(query, parameters);
  }

  logQuerySlow(): void {
    return undefined;
  }

  logSchemaBuild(message: string): void {
    this.#add(message);
  }

  logMigration(message: string): void {
    this.#add(message);
  }

  log(_level: unknown, message: unknown): void {
    this.#add(message);
  }

  #add(...parts: readonly unknown[]): void {
    const texts = parts.map((part) =>
      typeof part === 'string' ? part : inspect(part, { depth: 5 }),
    );
    this.#lines.push(texts.join(' '));
  }
}
