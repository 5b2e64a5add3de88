import { download, timeToFirstByte, upload } from '../http-client.mjs';
import { interleave, ratios, side, spread } from '../measure.mjs';
import { sizeText } from '../options.mjs';
import { startServers } from './servers.mjs';
import { OURS } from './row.mjs';

/** @import { Row } from './row.mjs' */

/** Requests in one round of the first-byte row. */
const REQUESTS = 10;

/** @type {Row} */
const uploadRow = {
  id: 'upload',
  what: (size) =>
    `upload ${sizeText(size)}, server CPU ÷ Nest + multer diskStorage`,
  unit: '×',
  goal: { most: 1 },
  measure: async (workspace) => {
    const { size, rounds } = workspace;
    const servers = await startServers(workspace);
    const [ours, plain] = await interleave(
      rounds,
      servers.map(({ subject, url }) => async () => {
        const sample = await subject.during(() => upload(url, size));
        await subject.call('release');
        return sample;
      }),
    );
    return {
      figures: ratios(ours, plain),
      sides: [side(OURS, ours), side('multer diskStorage', plain)],
    };
  },
};

/** @type {Row} */
const firstByteRow = {
  id: 'first-byte',
  what: (size) =>
    `time to the first byte of ${sizeText(size * 2)}, stream ÷ plain file`,
  unit: '×',
  goal: { most: 2 },
  measure: async (workspace) => {
    const input = await workspace.input(workspace.size * 2);
    const servers = await startServers(workspace, {
      delivery: 'stream',
      input,
    });
    const [ours, plain] = await interleave(
      workspace.rounds,
      servers.map(
        ({ url }) =>
          () =>
            medianFirstByte(url),
      ),
    );
    return {
      figures: ours.map((seconds, round) => seconds / plain[round]),
      sides: [firstByteSide(OURS, ours), firstByteSide('plain file', plain)],
    };
  },
};

/** @type {Row[]} */
export const httpRows = [
  uploadRow,
  downloadRow('stream', 0.65),
  downloadRow('temp-file', 1.3),
  firstByteRow,
];

/**
 * @param {string} delivery
 * @param {number} most
 * @returns {Row}
 */
function downloadRow(delivery, most) {
  return {
    id: `download-${delivery}`,
    what: (size) =>
      `download ${sizeText(size)}, ${delivery}, server CPU ÷ pipeline(createReadStream, response)`,
    unit: '×',
    goal: { most },
    measure: async (workspace) => {
      const { size, rounds } = workspace;
      const input = await workspace.input();
      const servers = await startServers(workspace, { delivery, input });
      const [ours, plain] = await interleave(
        rounds,
        servers.map(
          ({ subject, url }) =>
            () =>
              subject.during(() => download(url, size)),
        ),
      );
      return {
        figures: ratios(ours, plain),
        sides: [side(OURS, ours), side('plain file', plain)],
      };
    },
  };
}

/** @param {string} url */
async function medianFirstByte(url) {
  const seconds = [];
  for (let request = 0; request < REQUESTS; request += 1) {
    seconds.push(await timeToFirstByte(url));
  }
  return spread(seconds).median;
}

/**
 * @param {string} name
 * @param {number[]} seconds
 */
function firstByteSide(name, seconds) {
  const used = spread(seconds.map((value) => value * 1000));
  return { name, unit: 'ms', used, wall: spread(seconds) };
}
