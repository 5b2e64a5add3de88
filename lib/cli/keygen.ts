import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';

const AFTERWARDS = `
Put the key where your other secrets are, as FILE_ENCRYPTOR_GLOBAL_KEY, and keep
a copy of it apart from the backups of database and store: without it nothing
can be read.`;

/** Adds `keygen`, which prints a new global key or salt. */
export function addKeygen(program: Command): void {
  program
    .command('keygen')
    .description('prints a new global key: 32 random bytes, base64url')
    .option(
      '--salt',
      'prints a new salt for a passphrase instead: 16 random bytes',
    )
    .allowExcessArguments(false)
    .addHelpText('after', AFTERWARDS)
    .action(({ salt }: { readonly salt?: true }) => {
      const bytes = randomBytes(salt ? 16 : 32);
      process.stdout.write(`${bytes.toString('base64url')}\n`);
    });
}
