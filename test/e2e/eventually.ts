import { setTimeout } from 'node:timers/promises';

const TRIES = 500;
const PAUSE_MS = 20;

/** Waits until something holds, and fails with the last failure otherwise. */
export async function eventually(
  check: () => void | Promise<void>,
): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    try {
      await check();
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
    await setTimeout(PAUSE_MS);
  }
}
