import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { OPTIONAL_GROUPS } from './test/optional-groups.js';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `FREE_MEMORY=off npm test`: no buffer is freed before it is garbage. */
const isFreeing = process.env['FREE_MEMORY'] !== 'off';

export default defineConfig({
  // Tests import the library by its public names, but run its sources.
  resolve: {
    alias: [
      {
        find: /^nestjs-file-encryptor$/,
        replacement: source('./lib/index.ts'),
      },
      {
        find: /^nestjs-file-encryptor\/core$/,
        replacement: source('./lib/core/index.ts'),
      },
      {
        find: /^nestjs-file-encryptor\/legacy$/,
        replacement: source('./lib/core/legacy/index.ts'),
      },
    ],
  },
  oxc: {
    decorator: { legacy: true, emitDecoratorMetadata: true },
  },
  test: {
    include: ['test/**/*.spec.ts'],
    exclude: isFreeing ? [] : ['test/core/floe/free-memory.spec.ts'],
    setupFiles: isFreeing ? [] : ['test/without-free-memory.ts'],
    pool: 'forks',
    tags: [...OPTIONAL_GROUPS],
    reporters: ['default', './test/closing-line-reporter.ts'],
    // For machines ten times slower: what hangs is only told later.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 20_000 } },
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts'],
      reporter: ['text', 'lcov'],
    },
  },
});
