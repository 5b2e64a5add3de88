#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CommandFailure, EXIT } from './command-failure.js';
import { addImportFlask } from './import-flask.js';
import { addKeygen } from './keygen.js';

const program = new Command('file-encryptor')
  .usage('<command>')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(`${text}\n${program.helpInformation({ error: true })}`),
  });
addKeygen(program);
addImportFlask(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
// What an application has running, a timer or a connection, could keep the
// process alive. The output is written to its end.
process.stdout.write('', () => process.exit());

function exitCodeOf(error: unknown): number {
  // What the library says of the command line, it has written.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? 0 : EXIT.usage;
  }
  if (!(error instanceof CommandFailure)) throw error;
  process.stderr.write(`file-encryptor: ${error.message}\n`);
  return error.exitCode;
}
