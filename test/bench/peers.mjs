import { readFileSync } from 'node:fs';

/** The command that installs what the benchmark compares with. */
export const INSTALL_PEERS = 'npm ci --prefix test/bench/peers';

/**
 * @param {string} name
 * @returns {string | undefined} undefined if the package is not installed.
 */
export function peerVersion(name) {
  return versionAt(`peers/node_modules/${name}/package.json`);
}

/** @returns {string[]} the packages that there are to compare with. */
export function peerNames() {
  return Object.keys(readJson('peers/package.json').dependencies);
}

/** @param {string} path */
function versionAt(path) {
  try {
    return readJson(path).version;
  } catch {
    return undefined;
  }
}

/** @param {string} path - from the benchmark's folder. */
function readJson(path) {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
