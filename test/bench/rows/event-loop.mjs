import { download, upload } from '../http-client.mjs';
import { interleave, spread } from '../measure.mjs';
import { sizeText } from '../options.mjs';
import { OURS } from './row.mjs';
import { startServers } from './servers.mjs';

/** @import { Row } from './row.mjs' */

const TRANSFERS = 8;

/** @type {Row[]} */
export const eventLoopRows = [
  eventLoopRow('upload', undefined),
  eventLoopRow('stream', 'stream'),
  eventLoopRow('temp-file', 'temp-file'),
];

/**
 * How long others wait while eight transfers go on.
 *
 * @param {string} name
 * @param {string | undefined} delivery - of downloads; uploads without.
 * @returns {Row}
 */
function eventLoopRow(name, delivery) {
  const transfers = delivery ? 'downloads' : 'uploads';
  const how = delivery ? `, ${delivery}` : '';
  return {
    id: `event-loop-${name}`,
    what: (size) =>
      `${TRANSFERS} ${transfers} of ${sizeText(sizeOf(size))}${how}, event-loop p99 ÷ the same with plain files`,
    unit: '×',
    goal: { most: 1.2 },
    measure: async (workspace) => {
      const size = sizeOf(workspace.size);
      const input = delivery && (await workspace.input(size));
      const servers = await startServers(workspace, { delivery, input });
      const transfer = delivery ? download : upload;
      const [ours, plain] = await interleave(
        workspace.rounds,
        servers.map((server) => () => delayDuring(server, transfer, size)),
      );
      return {
        figures: ours.map(({ delay }, round) => delay / plain[round].delay),
        sides: [delaySide(OURS, ours), delaySide('plain files', plain)],
      };
    },
  };
}

/**
 * @param {{ subject: import('../subject.mjs').Subject, url: string }} server
 * @param {(url: string, size: number) => Promise<void>} transfer
 * @param {number} size
 */
async function delayDuring({ subject, url }, transfer, size) {
  await subject.call('watchLoop');
  const start = performance.now();
  await Promise.all(
    Array.from({ length: TRANSFERS }, () => transfer(url, size)),
  );
  const wall = (performance.now() - start) / 1000;
  const delay = Number((await subject.call('loopDelay')).value);
  await subject.call('release');
  return { delay, wall };
}

/**
 * @param {number} size - of a file in the other rows.
 */
function sizeOf(size) {
  return Math.ceil(size / 2);
}

/**
 * @param {string} name
 * @param {{ delay: number, wall: number }[]} results
 */
function delaySide(name, results) {
  return {
    name,
    unit: 'ms',
    used: spread(results.map(({ delay }) => delay)),
    wall: spread(results.map(({ wall }) => wall)),
  };
}
