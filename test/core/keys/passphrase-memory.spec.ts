import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/core/errors.js';
import { deriveGlobalKey } from '../../../lib/core/keys/passphrase.js';
import { rejectionOf } from '../thrown.js';

const PASSPHRASE = {
  passphrase: 'correct horse battery staple',
  salt: '00112233445566778899aabbccddeeff',
};
/** Bytes of addresses beyond those in use: enough for all else. */
const ROOM = 100 * 1024 * 1024;

describe.skipIf(!canLimit())('a passphrase', { tags: ['prlimit'] }, () => {
  // D-17
  it('says what to do where there is no memory to derive it', async () => {
    limitAddresses(usedAddresses() + ROOM);
    const error = await rejectionOf(deriveGlobalKey(PASSPHRASE)).finally(() =>
      limitAddresses('unlimited'),
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(
        / takes 132 MiB of memory .*Raise the memory limit/,
      ),
    );
    expect(String(error)).not.toContain('horse');
    await expect(deriveGlobalKey(PASSPHRASE)).resolves.toBeDefined();
  });
});

/** Of this process; the hard limit stays. */
function limitAddresses(bytes: number | 'unlimited'): void {
  const limit = `--as=${bytes}:`;
  execFileSync('prlimit', ['--pid', String(process.pid), limit]);
}

function usedAddresses(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, kibibytes] = /^VmSize:\s+(\d+) kB$/m.exec(status) ?? [];
  return Number(kibibytes) * 1024;
}

function canLimit(): boolean {
  try {
    limitAddresses('unlimited');
    return usedAddresses() > 0;
  } catch {
    return false;
  }
}
