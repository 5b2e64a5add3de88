import { describe, expect, it, vi } from 'vitest';
import { readManifest, readProjectFile } from './project-files.js';
import {
  type Example,
  examplesIn,
  npmScripts,
  typescriptFiles,
} from './readme-examples.js';
import { complaintsAbout } from './typescript-program.js';

// A compiler has much to read, and shares the machine with other tests.
vi.setConfig({ testTimeout: 180_000 });

const { scripts } = readManifest();

describe('README.md', () => {
  it('has TypeScript examples that compile', () => {
    const files = typescriptFiles(readmeExamples());
    expect(files.size).toBeGreaterThan(0);
    expect(complaintsAbout(files)).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = npmScripts(readmeExamples());
    expect(named).toContain('test');
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

function readmeExamples(): Example[] {
  return examplesIn(readProjectFile('README.md'));
}

const markdown = (...lines: readonly string[]) => lines.join('\n');

describe('the check of examples', () => {
  it('accepts blocks that import each other and this package', () => {
    const text = markdown(
      '<!-- file: src/answer.ts -->',
      '```ts',
      `import { SecretKey } from 'nestjs-file-encryptor/core';`,
      'export const answer: SecretKey = SecretKey.random();',
      '```',
      'Then:',
      '```ts',
      `import { Controller, Get } from '@nestjs/common';`,
      `import { answer } from './src/answer.js';`,
      `@Controller('answers')`,
      'export class AnswerController {',
      '  @Get() find(): string { return String(answer); }',
      '}',
      '```',
    );
    expect(complaintsAbout(typescriptFiles(examplesIn(text)))).toEqual([]);
  });

  it('says where a type is wrong', () => {
    const text = markdown(
      'Words.',
      '```ts',
      `import { SecretKey } from 'nestjs-file-encryptor/core';`,
      'const key: string = SecretKey.random();',
      '```',
    );
    expect(complaintsAbout(typescriptFiles(examplesIn(text)))).toEqual([
      expect.stringMatching(/^readme-line-2\.ts:2 Type 'SecretKey' is not/),
    ]);
  });

  it.each([
    [
      'a name that the package does not export',
      `import { Nothing } from 'nestjs-file-encryptor/core';`,
    ],
    ['a file that no block has', `import { a } from './src/missing.js';`],
    ['a syntax error', 'const = 1;'],
  ])('finds %s', (_what, line) => {
    const files = typescriptFiles(examplesIn(markdown('```ts', line, '```')));
    expect(complaintsAbout(files)).not.toEqual([]);
  });

  it('keeps blocks without a file name apart', () => {
    const block = markdown('```ts', 'const a = 1;', '```');
    const files = typescriptFiles(examplesIn(markdown(block, block)));
    expect(files.size).toBe(2);
    expect(complaintsAbout(files)).toEqual([]);
  });

  it('finds the npm scripts in shell blocks', () => {
    const text = markdown(
      '```sh',
      'npm ci && npm test',
      'npm run build:sample -- --watch',
      'npm install x',
      '```',
      'npm run words',
      '```ts',
      '// npm run comment',
      '```',
    );
    expect(npmScripts(examplesIn(text))).toEqual(['test', 'build:sample']);
  });

  it('refuses a block without an end', () => {
    expect(() => examplesIn('```ts\nconst a = 1;')).toThrow(/Line 1/);
  });
});
