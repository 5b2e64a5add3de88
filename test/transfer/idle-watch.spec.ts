import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdleWatch } from '../../lib/transfer/idle-watch.js';

const SECONDS = 10;

describe('the watch over an idle client', () => {
  let count: number | undefined = 0;
  let ends = 0;
  let watch: IdleWatch;
  beforeEach(() => {
    vi.useFakeTimers();
    count = 0;
    ends = 0;
    watch = new IdleWatch({
      seconds: SECONDS,
      progress: () => count,
      expire: () => {
        ends += 1;
      },
    });
  });
  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  it('ends it once, not before its time and at most a quarter after', () => {
    pass(SECONDS);
    expect(ends).toBe(0);
    pass(SECONDS / 4);
    expect(ends).toBe(1);
    pass(10 * SECONDS);
    expect(ends).toBe(1);
  });

  it('lets one go on that moves a little at a time', () => {
    for (let moved = 1; moved <= 20; moved += 1) {
      pass(SECONDS - 1);
      count = moved;
    }
    expect(ends).toBe(0);
    pass(1.25 * SECONDS);
    expect(ends).toBe(1);
  });

  it('counts nothing while the client has nothing to do', () => {
    pass(SECONDS - 1);
    count = undefined;
    pass(10 * SECONDS);
    // Its turn again, with a count that has not changed.
    count = 0;
    pass(SECONDS);
    expect(ends).toBe(0);
    pass(SECONDS / 4);
    expect(ends).toBe(1);
  });

  it('ends nothing any more once it is stopped', () => {
    watch.stop();
    watch.stop();
    pass(10 * SECONDS);
    expect(ends).toBe(0);
  });
});

function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000);
}
