import { expect } from 'vitest';
import { eventually } from './eventually.js';
import type { RunningApp } from './running-app.js';

/** Waits until the application holds no descriptor and no temporary file. */
export async function expectNothingOpen(running: RunningApp): Promise<void> {
  await eventually(async () => {
    expect(running.descriptors()).toBe(0);
    expect(await running.temporaryFiles()).toEqual([]);
  });
}
