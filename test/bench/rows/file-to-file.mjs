import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { interleave, ratios, side } from '../measure.mjs';
import { sizeText } from '../options.mjs';
import { COPIES, LIBRARY, PEERS } from './contenders.mjs';
import { moduleUrl, OURS } from './row.mjs';

/** @import { Goal } from '../goal.mjs' */
/** @import { Contender } from './contenders.mjs' */
/** @import { Row } from './row.mjs' */

/** @type {Row[]} */
export const fileToFileRows = [
  plainRow('encrypt-copy', 'encrypt', 'copyAndSeal', { most: 1.2 }),
  plainRow('decrypt-copy', 'decrypt', 'copyAndSeal', { most: 1 }),
  plainRow('encrypt-pipeline', 'encrypt', 'copyByPipeline', { most: 0.5 }),
  ...Object.keys(PEERS).flatMap((id) => [
    peerRow(id, 'encrypt'),
    peerRow(id, 'decrypt'),
  ]),
];

/**
 * @param {string} id
 * @param {'encrypt' | 'decrypt'} action
 * @param {'copyAndSeal' | 'copyByPipeline'} copy
 * @param {Goal} goal
 * @returns {Row}
 */
function plainRow(id, action, copy, goal) {
  const other =
    copy === 'copyAndSeal' ? 'copy loop + raw AES-GCM' : 'copy by pipeline()';
  return {
    id,
    what: (size) => `${action} ${sizeText(size)}, CPU ÷ ${other}`,
    unit: '×',
    goal,
    measure: async (workspace) => {
      const [ours, theirs] = await compare(workspace, [
        [LIBRARY, action],
        [COPIES, copy],
      ]);
      return {
        figures: ratios(ours, theirs),
        sides: [side(OURS, ours), side(other, theirs)],
      };
    },
  };
}

/**
 * @param {string} id
 * @param {'encrypt' | 'decrypt'} action
 * @returns {Row}
 */
function peerRow(id, action) {
  const peer = PEERS[id];
  return {
    id: `${id}-${action}`,
    what: (size) => `${action} ${sizeText(size)}, CPU of ${peer.name} ÷ ours`,
    unit: '×',
    inverse: true,
    goal: peer[action],
    peer: peer.peer,
    measure: async (workspace) => {
      const [ours, theirs] = await compare(workspace, [
        [LIBRARY, action],
        [peer, action],
      ]);
      return {
        figures: ratios(theirs, ours),
        sides: [side(OURS, ours), side(peer.name, theirs)],
      };
    },
  };
}

/**
 * @param {import('../workspace.mjs').Workspace} workspace
 * @param {[Contender, string][]} contenders - each with its action.
 */
async function compare(workspace, contenders) {
  const input = await workspace.input();
  const digest = await workspace.once(`digest-${input}`, () => digestOf(input));
  const runs = contenders.map(async ([{ module, options }, action]) => {
    const subject = await workspace.processes.subject(
      moduleUrl(module),
      options,
    );
    if (action === 'decrypt') await subject.call('prepare', input);
    let isChecked = false;
    return async () => {
      const sample = await subject.call(action, input);
      await check(String(sample.value), action, { input, digest, isChecked });
      isChecked = true;
      await subject.call('release');
      return sample;
    };
  });
  return interleave(workspace.rounds, await Promise.all(runs));
}

/**
 * Whoever writes less than the whole is no contender. Contents are compared
 * once, sizes each time.
 *
 * @param {string} output
 * @param {string} action
 * @param {{ input: string, digest: string, isChecked: boolean }} expected
 */
async function check(output, action, { input, digest, isChecked }) {
  const [written, given] = await Promise.all([stat(output), stat(input)]);
  const isWhole =
    action === 'encrypt'
      ? written.size > given.size
      : written.size === given.size &&
        (isChecked || (await digestOf(output)) === digest);
  if (!isWhole) throw new Error(`${action} has not written the whole file.`);
}

/** @param {string} path */
async function digestOf(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
