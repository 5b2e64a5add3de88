import { setTimeout } from 'node:timers/promises';

/** @import { Random } from '../fuzz/random.mjs' */
/** @import { Drive } from './drive.mjs' */

/** A round waits no longer for the request that it wants to hit. */
const LONGEST_MS = 2_500;

const KINDS = [
  'upload',
  'upload',
  'download',
  'deletion',
  'deletion',
  'erasure',
  'erasure',
  'link',
  'sign-in',
];

/**
 * When a process is killed: some milliseconds after it began to work, or after
 * so many requests of a kind have begun or were sent whole.
 *
 * @typedef {object} KillPlan
 * @property {number} ms
 * @property {string} [kind]
 * @property {'begun' | 'sent'} [step]
 * @property {number} [skip]
 */

/** @param {Random} random @returns {KillPlan} */
export function planKill(random) {
  if (random.chance(35)) return { ms: 20 + random.below(1500) };
  return {
    kind: random.pick(KINDS),
    step: random.chance(70) ? 'sent' : 'begun',
    skip: random.below(10),
    // Most steps of a request are over within some milliseconds.
    ms: random.below(random.pick([1, 4, 12, 40, 120])),
  };
}

/**
 * Kills at the planned instant.
 *
 * @param {Drive} drive
 * @param {KillPlan} plan
 * @returns {Promise<{ kind: string, isSent: boolean }[]>} the requests that had
 * no end.
 */
export async function killAsPlanned(drive, plan) {
  if (plan.kind !== undefined) await reached(drive, plan);
  if (plan.ms > 0) await setTimeout(plan.ms);
  // Copies: an answer may still come out of the buffers of the connection.
  const flights = structuredClone([...drive.inFlight]);
  await drive.kill();
  return flights;
}

/** @param {Drive} drive @param {KillPlan} plan */
async function reached(drive, { kind, step, skip = 0 }) {
  let left = skip;
  await new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer);
      drive.off('step', count);
      resolve(undefined);
    };
    const timer = globalThis.setTimeout(stop, LONGEST_MS);
    const count = (/** @type {string} */ met, /** @type {string} */ at) => {
      if (met !== kind || at !== step) return;
      if (left === 0) stop();
      left -= 1;
    };
    drive.on('step', count);
  });
}

/** @param {KillPlan} plan @returns {string} */
export function describePlan({ kind, step, skip, ms }) {
  return kind === undefined
    ? `${ms} ms after the load began`
    : `${ms} ms after ${kind} ${(skip ?? 0) + 1} was ${step}`;
}
