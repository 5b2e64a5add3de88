import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { TemporarySpace } from '../../lib/download/temporary-space.js';
import { rejectionOf } from '../core/thrown.js';

const LIMIT = 100;

/** Long enough for every test. */
const PATIENT = { limit: LIMIT, patience: 600_000 };

/** Notes the turn of each who waits. */
function queue(space: TemporarySpace, sizes: readonly number[]) {
  const order: number[] = [];
  const turns = sizes.map(async (bytes) => {
    const taken = await space.reserve(bytes);
    order.push(bytes);
    return taken;
  });
  return { order, turns };
}

/** Reserves; one in four stops waiting after a while. */
async function briefly(space: TemporarySpace, bytes: number, at: number) {
  const aborting = new AbortController();
  const { signal } = aborting;
  const turn = space.reserve(bytes, signal).catch((error: unknown) => {
    if (error !== signal.reason) throw error;
    return undefined;
  });
  for (let turns = at % 7; turns > 0; turns -= 1) await setImmediate();
  if (at % 4 === 0) aborting.abort();
  return turn;
}

describe('the space of temporary files', () => {
  it('is given up to its limit, and not a byte more', () => {
    const space = new TemporarySpace({ limit: LIMIT });
    expect(space.reserveNow(LIMIT + 1)).toBeUndefined();
    expect(space.reserveNow(60)).toHaveProperty('bytes', 60);
    expect(space.reserveNow(41)).toBeUndefined();
    expect(space.reserveNow(40)).toHaveProperty('bytes', 40);
    expect(space.reserveNow(1)).toBeUndefined();
    expect(space.reserveNow(0)).toHaveProperty('bytes', 0);
  });

  it('comes back once, however often it is given back', () => {
    const space = new TemporarySpace({ limit: LIMIT });
    const one = space.reserveNow(50);
    const other = space.reserveNow(50);
    one?.release();
    one?.release();
    expect(space.reserveNow(51)).toBeUndefined();
    other?.release();
    expect(space.reserveNow(LIMIT)).toBeDefined();
  });

  it('is given in the order of the calls, a small one behind a large one too', async () => {
    const space = new TemporarySpace(PATIENT);
    const first = space.reserveNow(60);
    const { order, turns } = queue(space, [90, 10, 95, 5]);
    await setImmediate();
    // 10 bytes are free, but the large one has come before.
    expect(order).toEqual([]);
    first?.release();
    const [large, small] = [await turns[0], await turns[1]];
    expect(order).toEqual([90, 10]);
    small?.release();
    await setImmediate();
    // Now 10 bytes are free again, and so many must not be given to the last.
    expect(order).toEqual([90, 10]);
    large?.release();
    await Promise.all(turns);
    expect(order).toEqual([90, 10, 95, 5]);
  });

  it('is not taken away from those who wait by those who never do', async () => {
    const space = new TemporarySpace(PATIENT);
    const first = space.reserveNow(60);
    const waiting = space.reserve(90);
    expect(space.reserveNow(1)).toBeUndefined();
    first?.release();
    expect(await waiting).toHaveProperty('bytes', 90);
    expect(space.reserveNow(1)).toBeDefined();
  });

  it('is refused to who has waited in vain, and those behind go on', async () => {
    const space = new TemporarySpace({ limit: LIMIT, patience: 5 });
    space.reserveNow(60);
    const large = rejectionOf(space.reserve(90));
    // Its own time is up right after that of the one before it.
    const small = space.reserve(40);
    const refusal = await large;
    expect(refusal).toBeInstanceOf(StoreError);
    expect(refusal).toMatchObject({
      code: 'TEMPORARY_SPACE',
      status: 503,
      retryAfter: 10,
    });
    expect(String(refusal)).toMatch(/Try again later.*or raise it/);
    expect(await small).toHaveProperty('bytes', 40);
    expect(space.reserveNow(1)).toBeUndefined();
    (await small).release();
    expect(space.reserveNow(40)).toBeDefined();
  });

  it('is refused at once to what will never fit, and nobody is told to try again', async () => {
    const space = new TemporarySpace(PATIENT);
    const refusal = await rejectionOf(space.reserve(LIMIT + 1));
    expect(refusal).toBeInstanceOf(StoreError);
    expect(refusal).toMatchObject({ code: 'TEMPORARY_LIMIT', status: 507 });
    expect(refusal).not.toHaveProperty('retryAfter');
    expect(String(refusal)).toMatch(
      /larger than tmpMaxBytes.*Raise it, or read the file as a stream/,
    );
    expect(space.reserveNow(LIMIT)).toBeDefined();
  });

  it('lets 64 wait, refuses one more at once, and has room for it later', async () => {
    const space = new TemporarySpace(PATIENT);
    const first = space.reserveNow(LIMIT);
    const waiting = Array.from({ length: 64 }, () => space.reserve(LIMIT));
    const refusal = await rejectionOf(space.reserve(LIMIT));
    expect(refusal).toMatchObject({ code: 'TEMPORARY_SPACE', retryAfter: 10 });
    first?.release();
    (await waiting[0])?.release();
    const next = space.reserve(LIMIT);
    for (const turn of waiting) (await turn).release();
    expect(await next).toHaveProperty('bytes', LIMIT);
  });

  it('is not given to who has stopped waiting, and those behind go on', async () => {
    const space = new TemporarySpace(PATIENT);
    const first = space.reserveNow(60);
    const [aborting, other] = [new AbortController(), new AbortController()];
    const large = rejectionOf(space.reserve(90, aborting.signal));
    const { order, turns } = queue(space, [40]);
    const reason = new Error('nobody waits');
    aborting.abort(reason);
    expect(await large).toBe(reason);
    await Promise.all(turns);
    expect(order).toEqual([40]);
    const last = space.reserve(60, other.signal);
    first?.release();
    expect(await last).toHaveProperty('bytes', 60);
    // Who has it keeps it.
    other.abort();
    expect(space.reserveNow(1)).toBeUndefined();
  });

  it('is not given to who has stopped before', async () => {
    const space = new TemporarySpace(PATIENT);
    const reason = new Error('nobody waits');
    const signal = AbortSignal.abort(reason);
    for (const bytes of [1, LIMIT + 1]) {
      expect(await rejectionOf(space.reserve(bytes, signal))).toBe(reason);
    }
    expect(space.reserveNow(LIMIT)).toBeDefined();
  });

  it.each(['admitted', 'refused', 'aborted'])(
    'leaves no listener with the signal of who was %s',
    async (outcome) => {
      const space = new TemporarySpace(PATIENT);
      const first = space.reserveNow(LIMIT);
      const aborting = new AbortController();
      const { signal } = aborting;
      const turn = space.reserve(1, signal).catch(() => undefined);
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      if (outcome === 'admitted') first?.release();
      else if (outcome === 'refused') space.refuseWaiting(new Error('closed'));
      else aborting.abort();
      await turn;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    },
  );

  it('refuses all who wait, and is whole after it', async () => {
    const space = new TemporarySpace(PATIENT);
    const first = space.reserveNow(LIMIT);
    const waiting = [10, 20].map((bytes) => rejectionOf(space.reserve(bytes)));
    const closed = new Error('closed');
    space.refuseWaiting(closed);
    expect(await Promise.all(waiting)).toEqual([closed, closed]);
    first?.release();
    expect(space.reserveNow(LIMIT)).toBeDefined();
  });

  it('is never exceeded, and whole in the end, whoever comes and goes', async () => {
    const space = new TemporarySpace(PATIENT);
    let held = 0;
    let most = 0;
    const visit = async (at: number) => {
      const bytes = (at * 37) % 101;
      const taken =
        at % 3 === 0
          ? space.reserveNow(bytes)
          : await briefly(space, bytes, at);
      if (!taken) return;
      held += bytes;
      most = Math.max(most, held);
      for (let turns = at % 5; turns > 0; turns -= 1) await setImmediate();
      held -= bytes;
      taken.release();
    };
    // No more of them than may wait.
    const visitors = Array.from({ length: 60 }, async (_, first) => {
      for (let at = first; at < 600; at += 60) await visit(at + (at % 7));
    });
    await Promise.all(visitors);
    expect(most).toBeLessThanOrEqual(LIMIT);
    expect(most).toBeGreaterThan(LIMIT / 2);
    expect(space.reserveNow(LIMIT)).toBeDefined();
  });
});
