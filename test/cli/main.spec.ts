import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { decodeKeyText } from '../../lib/core/keys/key-text.js';
import { parseGlobalKey } from '../../lib/core/keys/global-key.js';
import { deriveGlobalKey } from '../../lib/core/keys/passphrase.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { useCompiledApp } from '../e2e/compiled-app.js';

describe('file-encryptor', () => {
  const compiled = useCompiledApp();

  it('keygen prints a key that the configuration takes, and nothing else', async () => {
    const { status, output, errors } = await run('keygen');
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
    expect(output).toMatch(/^[\w-]{43}\n$/);
    expect(parseGlobalKey(output)).toBeInstanceOf(SecretKey);
  });

  it('keygen prints another key each time', async () => {
    const one = await run('keygen');
    const other = await run('keygen');
    expect(one.output).not.toBe(other.output);
  });

  it('keygen --salt prints a salt that a passphrase takes', async () => {
    const { status, output } = await run('keygen', '--salt');
    expect(status).toBe(0);
    expect(decodeKeyText(output, 16)).toHaveLength(16);
    const key = deriveGlobalKey({
      passphrase: 'long enough to be one',
      salt: output,
    });
    await expect(key).resolves.toBeInstanceOf(SecretKey);
  });

  it.each(['--help', '-h'])('%s tells what it can do', async (option) => {
    const { status, output, errors } = await run(option);
    expect({ status, errors }).toEqual({ status: 0, errors: '' });
    expect(output).toMatch(/^Usage: file-encryptor <command>/);
    expect(output).toContain('keygen');
  });

  it.each([
    { args: [] },
    { args: ['keygem'] },
    { args: ['keygen', 'more'] },
    { args: ['--salt'] },
    { args: ['keygen', '--pepper'] },
    { args: ['keygen', '--salt=yes'] },
  ])(
    'tells it does not understand $args, and prints no key',
    async ({ args }) => {
      const { status, output, errors } = await run(...args);
      expect({ status, output }).toEqual({ status: 2, output: '' });
      expect(errors).toContain('Usage: file-encryptor <command>');
    },
  );

  async function run(...args: string[]) {
    const child = compiled.run('dist/cli/main.js', args);
    const ended = once(child, 'close');
    let output = '';
    let errors = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.stderr?.on('data', (chunk: Buffer) => (errors += String(chunk)));
    const [status] = (await ended) as [number | null];
    return { status, output, errors };
  }
});
