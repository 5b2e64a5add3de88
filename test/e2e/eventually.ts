import { setTimeout } from 'node:timers/promises';

const TRIES = 500;
const PAUSE_MS = 20;

/**
 * Waits until something holds, and fails with the last failure otherwise.
 *
 * @param tries - how often to look, 50 times a second.
 */
export async function eventually(
  check: () => void | Promise<void>,
  tries: number = TRIES,
): Promise<void> {
  for (let left = tries; ; left -= 1) {
    try {
      await check();
      return;
    } catch (error) {
      if (left === 0) throw error;
    }
    await setTimeout(PAUSE_MS);
  }
}
