#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CommandFailure, EXIT, reasonOf } from './command-failure.js';
import { addImportFlask } from './import-flask.js';
import { addKeygen } from './keygen.js';

const program = new Command('file-encryptor')
  .usage('<command>')
  .helpCommand(false)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) =>
      write(
        `${withoutAddresses(text)}\n${program.helpInformation({ error: true })}`,
      ),
  });
addKeygen(program);
addImportFlask(program);

// What an application throws outside of every call ends the process, as ever.
process.on('uncaughtException', (error) => {
  process.exit(exitCodeOf(error));
});
// Somebody who reads the first lines only is no error to tell of.
process.stdout.on('error', () => {
  process.exitCode = EXIT.unopened;
});
process.stderr.on('error', () => undefined);

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
  if (!(error instanceof CommandFailure)) {
    tell(`The command could not go on: ${reasonOf(error)}`);
    return EXIT.unopened;
  }
  if (error.message) tell(error.message);
  return error.exitCode;
}

function tell(line: string): void {
  process.stderr.write(`file-encryptor: ${line}\n`);
}

/** A database's address may hold a password. */
function withoutAddresses(text: string): string {
  return text.replace(/:\/\/.*/g, '://…');
}
