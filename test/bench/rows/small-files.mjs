import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { interleave, ratios, side } from '../measure.mjs';
import { globalKey, moduleUrl, OURS } from './row.mjs';

/** @import { Row } from './row.mjs' */

const FILE_BYTES = 4 * 1024;

/** @type {Row[]} */
export const smallFileRows = [
  smallFileRow('small-files', 'encryptAll', {
    what: 'encrypted to disk',
    goal: { least: 4 },
  }),
  smallFileRow('small-files-row', 'encryptAndAttachAll', {
    what: 'encrypted to disk, and the columns of their rows',
  }),
];

/**
 * @param {string} id
 * @param {string} method
 * @param {{ what: string, goal?: import('../goal.mjs').Goal }} options
 * @returns {Row}
 */
function smallFileRow(id, method, { what, goal }) {
  return {
    id,
    what: (size) =>
      `${countOf(size)} files of 4 KiB ${what}, files a second ÷ the CBC pipeline snippet's`,
    unit: '×',
    inverse: true,
    goal,
    measure: async (workspace) => {
      const inputs = await workspace.once('small-files', () =>
        writeSmallFiles(workspace),
      );
      const library = moduleUrl('subjects/small-files.mjs');
      const ours = await workspace.processes.subject(library, { globalKey });
      const naive = await workspace.processes.subject(
        moduleUrl('subjects/cbc.mjs'),
      );
      const [our, their] = await interleave(workspace.rounds, [
        () => encryptAll(ours, method, inputs),
        () => encryptAll(naive, 'encryptAll', inputs),
      ]);
      return {
        figures: ratios(their, our, 'wall'),
        sides: [side(OURS, our), side('the CBC pipeline snippet', their)],
      };
    },
  };
}

/**
 * @param {import('../subject.mjs').Subject} subject
 * @param {string} method
 * @param {string[]} inputs
 */
async function encryptAll(subject, method, inputs) {
  const sample = await subject.call(method, inputs);
  await subject.call('release');
  return sample;
}

/** @param {import('../workspace.mjs').Workspace} workspace */
async function writeSmallFiles(workspace) {
  const folder = workspace.path('small-files');
  await mkdir(folder);
  const first = await workspace.input(FILE_BYTES);
  const paths = Array.from({ length: countOf(workspace.size) }, (_, index) =>
    join(folder, `file-${index}`),
  );
  for (const path of paths) await copyFile(first, path);
  return paths;
}

/**
 * @param {number} size - of one file in the other rows.
 * @returns {number} how many small ones take a comparable time.
 */
function countOf(size) {
  return Math.ceil(size / (64 * 1024));
}
