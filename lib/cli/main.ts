#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

const USAGE = `Usage: file-encryptor <command>

  keygen          prints a new global key: 32 random bytes, base64url
  keygen --salt   prints a new salt for a passphrase: 16 random bytes

Put the key where your other secrets are, as FILE_ENCRYPTOR_GLOBAL_KEY, and keep
a copy of it apart from the backups of database and store: without it nothing
can be read.
`;

/** @returns the exit code: 0, or 2 if the command line is not understood. */
function run(args: readonly string[]): number {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        salt: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return print(process.stdout, USAGE, 0);
    if (positionals.length !== 1 || positionals[0] !== 'keygen') {
      return print(process.stderr, USAGE, 2);
    }
    const bytes = randomBytes(values.salt ? 16 : 32);
    return print(process.stdout, `${bytes.toString('base64url')}\n`, 0);
  } catch (error) {
    const { message } = error as Error;
    return print(process.stderr, `${message}\n\n${USAGE}`, 2);
  }
}

function print(stream: NodeJS.WriteStream, text: string, code: number): number {
  stream.write(text);
  return code;
}

process.exitCode = run(process.argv.slice(2));
