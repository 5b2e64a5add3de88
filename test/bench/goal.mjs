/**
 * What a figure is to reach.
 *
 * @typedef {{ most: number } | { least: number } | { exactly: number }} Goal
 */

/**
 * @param {Goal | undefined} goal
 * @returns {string | null} such as `≤ 1.2`.
 */
export function goalText(goal) {
  if (!goal) return null;
  if ('most' in goal) return `≤ ${goal.most}`;
  if ('least' in goal) return `≥ ${goal.least}`;
  return `= ${goal.exactly}`;
}

/**
 * Whether a measured row has reached its goal: by its median, or where the goal
 * is exact by all of it. Null without a goal.
 *
 * @param {Goal | undefined} goal
 * @param {import('./measure.mjs').Spread} spread
 */
export function isReached(goal, { median, min, max }) {
  if (!goal) return null;
  if ('most' in goal) return median <= goal.most;
  if ('least' in goal) return median >= goal.least;
  return min === goal.exactly && max === goal.exactly;
}
