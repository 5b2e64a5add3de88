import { globalKey, moduleUrl } from './row.mjs';

/** @import { Workspace } from '../workspace.mjs' */

const SERVER = moduleUrl('subjects/server.mjs');

/**
 * Two servers, each a process of its own: ours, and the one of plain files.
 *
 * @param {Workspace} workspace
 * @param {{ delivery?: string, input?: string }} [options] - `input` is the
 * file to be downloaded.
 */
export async function startServers(workspace, { delivery, input } = {}) {
  const kinds = [{ kind: 'encrypted', globalKey }, { kind: 'plain' }];
  return Promise.all(
    kinds.map(async (options) => {
      const subject = await workspace.processes.subject(SERVER, options);
      if (input !== undefined) await subject.call('prepare', input);
      const { value } = await subject.call('address');
      const url = delivery ? `${value}?delivery=${delivery}` : String(value);
      return { subject, url };
    }),
  );
}
