import { describe, expect, it } from 'vitest';
import { segmentsPerBatch } from '../../../lib/core/container/batch.js';
import { slabs } from '../../../lib/core/container/slab-pool.js';

describe('the pool of slabs', () => {
  it('gives a slab to one at a time', () => {
    const held = Array.from({ length: 50 }, () => slabs.acquire(1000));
    expect(new Set(held.map((slab) => slab.buffer)).size).toBe(50);
    for (const slab of held) slabs.release(slab);
    const again = Array.from({ length: 100 }, () => slabs.acquire(1000));
    expect(new Set(again.map((slab) => slab.buffer)).size).toBe(100);
  });

  it('gives a released slab again, to one who asks for its size', () => {
    const slab = slabs.acquire(2000);
    slabs.release(slab);
    expect(slabs.acquire(2001)).toHaveLength(2001);
    expect(slabs.acquire(2000)).toBe(slab);
    expect(slabs.acquire(2000)).not.toBe(slab);
  });

  it('does not cut slabs from shared memory', () => {
    expect(slabs.acquire(100).buffer.byteLength).toBe(100);
  });

  it('keeps no more than 8 MiB', () => {
    const bytes = 1024 * 1024;
    const held = Array.from({ length: 20 }, () => slabs.acquire(bytes));
    const released = new Set(held);
    for (const slab of held) slabs.release(slab);
    const again = Array.from({ length: 20 }, () => slabs.acquire(bytes));
    const reused = again.filter((slab) => released.has(slab)).length;
    expect(reused).toBeGreaterThanOrEqual(7);
    expect(reused).toBeLessThanOrEqual(8);
  });
});

describe('the pool', () => {
  it('forgets sizes that nobody asks for any more', () => {
    const old = Array.from({ length: 8 }, () => slabs.acquire(1024 * 1024));
    for (const slab of old) slabs.release(slab);
    const slab = slabs.acquire(70_001);
    slabs.release(slab);
    expect(slabs.acquire(70_001)).toBe(slab);
  });
});

describe('a batch', () => {
  it.each([
    [16, 64],
    [1000, 64],
    [65_536, 4],
    [131_072, 2],
    [262_144, 1],
    [16 * 1024 * 1024, 1],
  ])('of segments of %d bytes has %d', (chunkSize, segments) => {
    expect(segmentsPerBatch(chunkSize)).toBe(segments);
  });
});
