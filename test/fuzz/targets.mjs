import { containerTargets } from './containers.mjs';
import { keyTargets } from './keys.mjs';
import { legacyTargets } from './legacy.mjs';
import { providerTargets } from './providers.mjs';
import { sealedTargets } from './sealed.mjs';

/**
 * All parsers.
 *
 * @param {any} library - what {@link loadLibrary} gives.
 */
export function allTargets(library) {
  return [
    ...containerTargets(library),
    ...keyTargets(library),
    ...providerTargets(library),
    ...sealedTargets(library),
    ...legacyTargets(library),
  ];
}

/** The modules that hold the parsers, and what tests them. */
export const MODULES = [
  'errors',
  'secret-key',
  'container/container-reader',
  'floe/decrypt-stream',
  'floe/short-message',
  'keys/associated-data',
  'keys/file-information',
  'keys/key-chain',
  'keys/keyring',
  'keys/link-terms',
  'keys/wrapped-key',
  'legacy/legacy-name',
  'legacy/read-legacy-file',
];

/**
 * @param {(module: string) => Promise<object>} load - by its path below `core`,
 * without an ending.
 * @returns {Promise<any>} all that they export.
 */
export async function loadLibrary(load) {
  const modules = await Promise.all(MODULES.map(load));
  return Object.assign({}, ...modules);
}
