import { readManifest } from '../house/project-files.js';

const { name } = readManifest();

/** What the programs below take from which module. */
const TAKEN: Readonly<Record<string, string>> = {
  'node:stream': 'Readable',
  'node:stream/consumers': 'buffer',
  '@nestjs/common': 'Module',
  '@nestjs/core': 'NestFactory',
  '@nestjs/platform-fastify': 'FastifyAdapter',
  '@nestjs/typeorm': 'TypeOrmModule',
  typeorm: 'Column, DataSource, Entity, Unique',
  [name]:
    'BaseFileEntity, BaseTokenEntity, EncryptionService, FileEncryptorModule, FileEncryptorError',
  [`${name}/core`]: 'SecretKey, FileNotFoundError',
};

/** The same as a CommonJS module takes it. */
export const REQUIRED = [
  "require('reflect-metadata');",
  ...Object.entries(TAKEN).map(
    ([from, names]) => `const { ${names} } = require('${from}');`,
  ),
].join('\n');

/** The same as an ECMAScript module takes it. */
export const IMPORTED = [
  "import 'reflect-metadata';",
  ...Object.entries(TAKEN).map(
    ([from, names]) => `import { ${names} } from '${from}';`,
  ),
].join('\n');

/**
 * An application whose entities extend those of the package: `roundTrip(adapter)`
 * starts it on the adapter, on Express without one, and stores and reads a file.
 */
export const APPLICATION = `
class StoredFile extends BaseFileEntity {}
class Token extends BaseTokenEntity {}
Column({ type: 'int' })(StoredFile.prototype, 'userId');
Column({ type: 'int' })(Token.prototype, 'userId');
Entity()(StoredFile);
Unique(['userId'])(Token);
Entity()(Token);
class App {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: [StoredFile, Token],
      synchronize: true,
    }),
    FileEncryptorModule.forRoot({
      globalKey: SecretKey.random(),
      dataDir: 'form-data',
      tmpDir: 'form-tmp',
      entities: { file: StoredFile, token: Token },
    }),
  ],
})(App);

async function roundTrip(adapter) {
  const settings = { logger: ['warn', 'error', 'fatal'] };
  const app = await (adapter
    ? NestFactory.create(App, adapter, settings)
    : NestFactory.create(App, settings));
  await app.listen(0, '127.0.0.1');
  const service = app.get(EncryptionService);
  const source = Readable.from([Buffer.alloc(200_000, 'plaintext')]);
  const facts = { name: 'a.txt', type: 'text/plain' };
  const upload = await service.encryptUpload(source, facts);
  const row = await service.save(upload, { userId: 1 });
  const file = await service.find(row.filename, { userId: 1 });
  const content = await buffer(file.createReadStream());
  const missing = await service
    .find('0'.repeat(32), { userId: 1 })
    .catch((error) => error);
  const told = {
    adapter: app.getHttpAdapter().getType(),
    content: content.equals(Buffer.alloc(200_000, 'plaintext')),
    row: row instanceof StoredFile && row instanceof BaseFileEntity,
    error:
      missing instanceof FileNotFoundError &&
      missing instanceof FileEncryptorError,
    dataSource: app.get(DataSource) instanceof DataSource,
  };
  await app.close();
  return told;
}
`;
