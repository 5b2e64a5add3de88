import { goalText, isReached } from './goal.mjs';
import { spread } from './measure.mjs';
import { INSTALL_PEERS, peerVersion } from './peers.mjs';

/** @import { Side } from './measure.mjs' */
/** @import { Row } from './rows/row.mjs' */
/** @import { Workspace } from './workspace.mjs' */

/**
 * What has become of a row. `ratio` is the median of its figures, or null if it
 * was not measured: `skipped` or `failed` says why then.
 *
 * @typedef {object} Result
 * @property {string} id
 * @property {string} what
 * @property {Row['unit']} unit
 * @property {boolean} inverse - The figure is the other side's ÷ ours.
 * @property {number | null} ratio
 * @property {number | null} min
 * @property {number | null} max
 * @property {string | null} goal
 * @property {boolean | null} ok - Null without a goal, or if not measured.
 * @property {Side[]} sides - What both took, ours first.
 * @property {string} [skipped]
 * @property {string} [failed]
 */

/**
 * @param {Row} row
 * @param {Workspace} workspace
 * @returns {Promise<Result>}
 */
export async function measureRow(row, workspace) {
  const unmeasured = describe(row, workspace.size);
  if (row.peer !== undefined && peerVersion(row.peer) === undefined) {
    const skipped = `${row.peer} is not installed: ${INSTALL_PEERS}`;
    return { ...unmeasured, skipped };
  }
  try {
    const { figures, sides = [] } = await row.measure(workspace);
    const { median: ratio, ...range } = spread(figures);
    const ok = isReached(row.goal, { median: ratio, ...range });
    return { ...unmeasured, ratio, ...range, ok, sides };
  } catch (error) {
    workspace.signal.throwIfAborted();
    console.error(error);
    // The next row is not to meet what this one has left.
    await workspace.processes.stopAll();
    const { message } = /** @type {Error} */ (error);
    return { ...unmeasured, failed: message.split('\n', 1)[0] };
  }
}

/**
 * @param {Row} row
 * @param {number} size
 * @returns {Result}
 */
function describe({ id, what, unit, inverse = false, goal }, size) {
  return {
    id,
    what: what(size),
    unit,
    inverse,
    ratio: null,
    min: null,
    max: null,
    goal: goalText(goal),
    ok: null,
    sides: [],
  };
}
