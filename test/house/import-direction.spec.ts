import { describe, expect, it } from 'vitest';
import {
  describeImport,
  type Import,
  importsIn,
  isRelative,
  packageOf,
  targetOf,
} from './imports.js';
import { readProjectFile, sourceFiles } from './project-files.js';

const CORE_ROOT = ['lib/core/errors.ts', 'lib/core/secret-key.ts'];
const NEST = ['@nestjs/common', '@nestjs/core', 'rxjs'];

/**
 * Each room of lib, and what it may import besides its own files: other rooms
 * and packages; `node:` is all of Node's own. The longest matching path is a
 * file's room.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'lib/core/errors.ts': ['node:'],
  'lib/core/secret-key.ts': ['node:'],
  'lib/core/floe/': ['node:', ...CORE_ROOT],
  'lib/core/store/': ['node:', 'lib/core/errors.ts'],
  'lib/core/keys/': ['node:', ...CORE_ROOT, 'lib/core/floe/'],
  'lib/core/container/': [
    'node:',
    ...CORE_ROOT,
    'lib/core/floe/',
    'lib/core/store/',
    'lib/core/keys/associated-data.ts',
  ],
  'lib/core/legacy/': ['node:', ...CORE_ROOT],
  'lib/core/index.ts': ['lib/core/'],
  'lib/entities/': ['node:', 'lib/core/', 'typeorm'],
  'lib/transfer/': ['node:'],
  'lib/upload/': [
    'node:',
    'lib/core/',
    'lib/entities/',
    'lib/transfer/',
    ...NEST,
    '@nestjs/platform-express',
    'multer',
    'file-type',
  ],
  'lib/download/': [
    'node:',
    'lib/core/',
    'lib/entities/',
    'lib/transfer/',
    ...NEST,
    'content-disposition',
    'fresh',
    'range-parser',
    'yazl',
  ],
  'lib/links/': [
    'node:',
    'lib/core/',
    'lib/entities/',
    'lib/download/',
    ...NEST,
    'cookie',
    'p-limit',
  ],
  'lib/flask/': [
    'node:',
    'lib/core/',
    'lib/entities/',
    'lib/upload/',
    'lib/download/',
    ...NEST,
    'typeorm',
  ],
  'lib/maintenance/': [
    'node:',
    'lib/core/',
    'lib/entities/',
    ...NEST,
    'typeorm',
  ],
  'lib/cli/': [
    'node:',
    'lib/core/',
    'lib/entities/',
    'lib/flask/',
    ...NEST,
    'typeorm',
    'commander',
    'cli-progress',
  ],
  'lib/': ['node:', 'lib/', ...NEST, '@nestjs/typeorm', 'typeorm'],
};

describe('the direction of imports in lib', () => {
  it('points down only', () => {
    const imports = sourceFiles('lib').flatMap((file) =>
      importsIn(file, readProjectFile(file)),
    );
    expect(imports.length).toBeGreaterThan(20);
    expect(violations(imports)).toEqual([]);
  });

  it('has a room for every folder', () => {
    const rooms = Object.keys(MAY_IMPORT);
    const homeless = sourceFiles('lib').filter(
      (file) => roomOf(file) === 'lib/' && file.split('/').length > 2,
    );
    expect(homeless, `rooms: ${rooms.join(', ')}`).toEqual([]);
  });

  it.each([
    ['lib/core/floe/a.ts', `import '../keys/keyring.js';`],
    ['lib/core/floe/a.ts', `import type { A } from '@nestjs/common';`],
    ['lib/core/keys/a.ts', `export { a } from '../../entities/a.js';`],
    ['lib/core/store/a.ts', `const a = await import('../floe/message.js');`],
    ['lib/core/errors.ts', `import { SecretKey } from './secret-key.js';`],
    ['lib/core/container/a.ts', `let a: import('../keys/keyring.js').A;`],
    ['lib/upload/a.ts', `import { a } from '../download/a.js';`],
    ['lib/download/a.ts', `import a = require('multer');`],
    ['lib/download/a.ts', `import { a } from '../encryption.service.js';`],
    ['lib/links/a.ts', `const a = require('typeorm');`],
  ])('refuses, in %s, %s', (file, text) => {
    expect(violations(importsIn(file, text))).toHaveLength(1);
  });

  it.each([
    ['lib/core/floe/a.ts', `import './b.js'; import '../errors.js';`],
    ['lib/core/container/a.ts', `import { a } from '../floe/message.js';`],
    ['lib/entities/a.ts', `import { Entity } from 'typeorm';`],
    ['lib/encryption.service.ts', `import { a } from './upload/a.js';`],
  ])('accepts, in %s, %s', (file, text) => {
    expect(violations(importsIn(file, text))).toEqual([]);
  });
});

function violations(imports: readonly Import[]): string[] {
  return imports.filter((found) => !isAllowed(found)).map(describeImport);
}

function isAllowed(found: Import): boolean {
  const room = roomOf(found.file);
  const allowed = MAY_IMPORT[room] ?? [];
  if (found.specifier.startsWith('node:')) return allowed.includes('node:');
  if (!isRelative(found.specifier)) {
    return allowed.includes(packageOf(found.specifier));
  }
  const target = targetOf(found);
  return [room, ...allowed].some((path) => target.startsWith(path));
}

function roomOf(file: string): string {
  const rooms = Object.keys(MAY_IMPORT).filter((room) => file.startsWith(room));
  return rooms.reduce((a, b) => (b.length > a.length ? b : a), '');
}
