import { interleave } from '../measure.mjs';
import { sizeText } from '../options.mjs';
import { globalKey, moduleUrl } from './row.mjs';

/** @import { Row } from './row.mjs' */
/** @import { Workspace } from '../workspace.mjs' */

/** Size of the smaller and the larger file, in files of the other rows. */
const SMALLER = 8;
const LARGER = 32;

/** Of the other rows' rounds: each is two processes, and up to 5 GiB. */
const SHARE_OF_ROUNDS = 1 / 2;

const MIB = 1024 ** 2;

const MODULE = moduleUrl('subjects/memory.mjs');

/** @type {Row[]} */
export const memoryRows = [
  memoryRow('encrypt', encryptPeaks),
  growthRow('encrypt', encryptPeaks),
  memoryRow('decrypt', decryptPeaks('decrypt')),
  growthRow('decrypt', decryptPeaks('decrypt')),
  { ...memoryRow('stream', decryptPeaks('stream')), goal: undefined },
  growthRow('stream', decryptPeaks('stream')),
];

/** @typedef {(workspace: Workspace) => Promise<number[][]>} Peaks */

/**
 * @param {string} action
 * @param {Peaks} peaks
 * @returns {Row}
 */
function memoryRow(action, peaks) {
  return {
    id: `memory-${action}`,
    what: (size) =>
      `${action} ${sizeText(size * LARGER)}, peak memory above the idle process`,
    unit: 'MiB',
    goal: { most: 16 },
    measure: async (workspace) => {
      const [, larger] = await peaks(workspace);
      return { figures: larger };
    },
  };
}

/**
 * @param {string} action
 * @param {Peaks} peaks
 * @returns {Row}
 */
function growthRow(action, peaks) {
  return {
    id: `memory-${action}-growth`,
    what: (size) =>
      `${action} ${sizeText(size * LARGER)}, peak memory above that for ${sizeText(size * SMALLER)}`,
    unit: 'MiB',
    goal: { most: 2 },
    measure: async (workspace) => {
      const [smaller, larger] = await peaks(workspace);
      return { figures: larger.map((peak, round) => peak - smaller[round]) };
    },
  };
}

/** @param {Workspace} workspace */
function encryptPeaks(workspace) {
  return workspace.once('memory-encrypt', () =>
    interleaved(workspace, async (size) => {
      const { above } = await workspace.processes.callFresh(
        MODULE,
        { globalKey },
        ['encrypt', size],
      );
      return above;
    }),
  );
}

/**
 * @param {'decrypt' | 'stream'} method - to a temporary file, or to a consumer
 * who owns the buffers until they are garbage.
 * @returns {Peaks}
 */
function decryptPeaks(method) {
  return (workspace) =>
    workspace.once(`memory-${method}`, () =>
      interleaved(workspace, async (size) => {
        // Written by another process, whose memory does not count.
        const { folder, row, token } = await workspace.once(
          `container-${size}`,
          () => encryptKept(workspace, size),
        );
        const { above } = await workspace.processes.callFresh(
          MODULE,
          { globalKey, folder },
          [method, row, token],
        );
        return above;
      }),
    );
}

/**
 * @param {Workspace} workspace
 * @param {number} size
 */
async function encryptKept(workspace, size) {
  const folder = workspace.path('container');
  const { row, token } = await workspace.processes.callFresh(
    MODULE,
    { globalKey, folder },
    ['encrypt', size],
  );
  return { folder, row, token };
}

/**
 * @param {Workspace} workspace
 * @param {(size: number) => Promise<number>} measure - in bytes.
 * @returns {Promise<number[][]>} MiB of the smaller and the larger file.
 */
async function interleaved(workspace, measure) {
  const rounds = Math.max(1, Math.floor(workspace.rounds * SHARE_OF_ROUNDS));
  const peaks = await interleave(
    rounds,
    [
      () => measure(workspace.size * SMALLER),
      () => measure(workspace.size * LARGER),
    ],
    { warmUps: 0 },
  );
  return peaks.map((bytes) => bytes.map((value) => value / MIB));
}
