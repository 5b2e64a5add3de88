import { setTimeout } from 'node:timers/promises';
import { checkTemporary } from '../crashes/storage.mjs';
import { checkOneToOne } from '../crashes/sweeps.mjs';

/** @import { Place } from '../crashes/drive.mjs' */
/** @import { ProcessWatch } from './process-watch.mjs' */
/** @import { Report } from './report.mjs' */

/** What is removed when a client has gone may take a moment, and no longer. */
const PATIENCE_MS = 60_000;

/**
 * @param {ProcessWatch} watch
 * @returns {Promise<number>} the fewest descriptors of some looks: connections of
 * the last requests may be closing.
 */
export async function descriptorsAtRest(watch) {
  let fewest = Infinity;
  for (let look = 0; look < 20; look += 1) {
    fewest = Math.min(fewest, watch.descriptors());
    await setTimeout(50);
  }
  return fewest;
}

/**
 * Waits until a process has no more descriptors than at first.
 *
 * @param {ProcessWatch} watch
 * @param {Report} report
 */
export async function checkDescriptors(watch, report) {
  const { descriptors, samples } = report;
  descriptors.most = Math.max(...samples.map((sample) => sample.descriptors));
  const isBack = await eventually(() => {
    descriptors.last = watch.descriptors();
    return descriptors.last <= descriptors.first;
  });
  if (isBack) return;
  const { first, last } = descriptors;
  report.addFault(`${last} descriptors are open, and ${first} were at first`);
}

/**
 * Waits until no temporary file is left, and rows and containers match.
 *
 * @param {Place} place
 * @param {Report} report
 */
export async function checkStorage(place, report) {
  for (const check of [
    () => checkTemporary(place.tmp),
    () => checkOneToOne(place),
  ]) {
    const holds = () =>
      check().then(
        () => true,
        () => false,
      );
    if (!(await eventually(holds))) await report.note(check());
  }
}

/** @param {() => boolean | Promise<boolean>} holds */
async function eventually(holds) {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await setTimeout(200);
  }
  return true;
}
