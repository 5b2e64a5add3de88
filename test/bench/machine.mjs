import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { peerNames, peerVersion } from './peers.mjs';

const require = createRequire(import.meta.url);

const TMPFS = 0x01021994;

/** What it runs on. */
export async function describeMachine() {
  const processors = cpus();
  const { type } = await statfs(tmpdir());
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    system: `${process.platform} ${process.arch} ${release()}`,
    files: type === TMPFS ? 'in memory (tmpfs)' : 'on a disk',
    load: Number(loadavg()[0].toFixed(2)),
  };
}

/**
 * What is compared; null for what is not installed.
 *
 * @returns {Record<string, string | null>}
 */
export function describeVersions() {
  const { node, v8, uv, openssl } = process.versions;
  const names = [
    '@nestjs/core',
    '@nestjs/platform-express',
    'express',
    'multer',
  ];
  return {
    'nestjs-file-encryptor': versionOf(
      new URL('../../package.json', import.meta.url),
    ),
    node,
    v8,
    libuv: uv,
    openssl,
    ...Object.fromEntries(
      names.map((name) => [
        name,
        versionOf(require.resolve(`${name}/package.json`)),
      ]),
    ),
    ...Object.fromEntries(
      peerNames().map((name) => [name, peerVersion(name) ?? null]),
    ),
  };
}

/** @param {string | URL} manifest */
function versionOf(manifest) {
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}
