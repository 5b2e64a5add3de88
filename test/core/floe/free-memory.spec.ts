import { describe, expect, it, vi } from 'vitest';

const BYTES = 64 * 1024;

type FreeMemory = (bytes: Buffer) => void;

/** The module as an engine with other abilities loads it. */
async function engineWith(engine: 'transfer' | 'port' | 'neither'): Promise<{
  readonly freeMemory: FreeMemory;
  readonly undo: () => void;
}> {
  const { prototype } = ArrayBuffer as unknown as {
    prototype: { transfer?: unknown };
  };
  const own = Object.getOwnPropertyDescriptor(prototype, 'transfer');
  const transfer =
    engine === 'transfer'
      ? function (this: ArrayBuffer) {
          structuredClone(this, { transfer: [this] });
        }
      : () => {
          throw new TypeError('No such function.');
        };
  Object.defineProperty(prototype, 'transfer', {
    value: transfer,
    configurable: true,
  });
  class Port {
    close(): void {}
    postMessage(): void {}
  }
  if (engine === 'neither') {
    vi.doMock('node:worker_threads', () => ({
      MessageChannel: class {
        readonly port1 = new Port();
      },
    }));
  }
  vi.resetModules();
  const { freeMemory } = await import('../../../lib/core/floe/free-memory.js');
  return {
    freeMemory,
    undo: () => {
      vi.doUnmock('node:worker_threads');
      if (own) Object.defineProperty(prototype, 'transfer', own);
      else delete prototype.transfer;
    },
  };
}

describe.each(['transfer', 'port'] as const)('by %s', (engine) => {
  it('a buffer of its own is freed', async () => {
    const { freeMemory, undo } = await engineWith(engine);
    try {
      const bytes = Buffer.allocUnsafeSlow(BYTES);
      freeMemory(bytes);
      expect(bytes.length).toBe(0);
    } finally {
      undo();
    }
  });

  it('memory that others may see is left alone', async () => {
    const { freeMemory, undo } = await engineWith(engine);
    try {
      const whole = Buffer.allocUnsafeSlow(2 * BYTES).fill(7);
      const pooled = Buffer.from('short texts come out of one pool');
      const shared = Buffer.from(new SharedArrayBuffer(BYTES));
      for (const bytes of [
        whole.subarray(0, BYTES),
        whole.subarray(BYTES),
        pooled,
        shared,
      ]) {
        const { length } = bytes;
        freeMemory(bytes);
        expect(bytes.length).toBe(length);
      }
      expect(whole.equals(Buffer.alloc(2 * BYTES, 7))).toBe(true);
    } finally {
      undo();
    }
  });
});

describe('where the engine frees nothing', () => {
  it('a buffer stays, and nothing fails', async () => {
    const { freeMemory, undo } = await engineWith('neither');
    try {
      const bytes = Buffer.allocUnsafeSlow(BYTES);
      freeMemory(bytes);
      expect(bytes.length).toBe(BYTES);
    } finally {
      undo();
    }
  });
});
