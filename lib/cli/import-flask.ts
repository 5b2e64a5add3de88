import { type Command, InvalidArgumentError } from 'commander';
import type { FlaskColumns } from '../flask/flask-rows.js';
import type { ImportFlaskOptions } from './import-arguments.js';

const AFTERWARDS = `
The application's own module is started, without HTTP: its keys, its store and
its database are used. Of the old application everything is only read. Its
global key comes from the environment; if it had set none, that is the one which
Flask-Encryptor is published with, aAa8KxQx4Eoxwu41HTaa.

What was imported is passed over the next time, so an import that was interrupted
is run again.

Exit codes: 0 all files are there; 1 some were refused; 2 wrong usage; 3 the
application or a database could not be opened or used, or nobody reads the
output; 130 and 143 interrupted.`;

/** Adds `import-flask`, which imports the files of an old application. */
export function addImportFlask(program: Command): void {
  program
    .command('import-flask')
    .description('imports the files of an application with Flask-Encryptor')
    .requiredOption('--app <file>', 'compiled module of the new application')
    .option('--export <name>', 'its export; AppModule, or the default one')
    .option('--name <configuration>', 'of FileEncryptorModule, if it has one')
    .option(
      '--database <database>',
      'the old one: the path of a SQLite file, or a postgres:// or mysql:// URL',
    )
    .option(
      '--database-env <variable>',
      'variable that holds it instead: every user can read arguments',
    )
    .requiredOption('--data-dir <folder>', 'the old FILE_ENCRYPTOR_DATA_DIR')
    .requiredOption(
      '--owner <property>',
      'property of both entities that is the owner, such as user',
    )
    .option(
      '--owner-map <file>',
      'JSON, {"old key": new key}, where users have other primary keys now',
    )
    .option('--files-table <name>', 'if it is not uploaded_files')
    .option('--tokens-table <name>', 'if it is not tokens')
    .option(
      '--column <table.column=name>',
      'one of another name, such as files.user_id=owner_id; again for more',
      addColumn,
    )
    .option(
      '--chunk-size <bytes>',
      'the old FILE_ENCRYPTOR_CHUNK_SIZE, if it was no multiple of 16',
      parseBytes,
    )
    .option(
      '--global-key-env <variable>',
      'variable that holds the old FILE_ENCRYPTOR_GLOBAL_KEY',
      'FLASK_GLOBAL_KEY',
    )
    .option(
      '--allow-unauthenticated',
      'needed: nobody can tell whether an old file was changed',
    )
    .option('--dry-run', 'reads and checks everything, and writes nothing')
    .option('--json', 'prints one JSON object a file, and one with totals')
    .option('--report <file>', 'writes these objects to a new file as well')
    .allowExcessArguments(false)
    .addHelpText('after', AFTERWARDS)
    .action(async (options: ImportFlaskOptions) => {
      // Other commands need neither Nest nor TypeORM.
      const { importFlask } = await import('./run-import.js');
      process.exitCode = await importFlask(options);
    });
}

type Columns = {
  -readonly [Table in keyof FlaskColumns]?: Record<string, string>;
};

function addColumn(text: string, columns: Columns = {}): Columns {
  const { table, column, name } =
    /^(?<table>files|tokens)\.(?<column>\w+)=(?<name>.+)$/.exec(text)?.groups ??
    {};
  if (!column || !name || (table !== 'files' && table !== 'tokens')) {
    throw new InvalidArgumentError(
      'Write it as files.user_id=owner_id or tokens.value=text.',
    );
  }
  return { ...columns, [table]: { ...columns[table], [column]: name } };
}

function parseBytes(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('Give a number of bytes, such as 1000.');
  }
  return Number(text);
}
