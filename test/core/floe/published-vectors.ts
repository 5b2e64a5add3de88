import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Beside the project, not in it: others' data, which is not ours to hand on. */
const FOLDER = new URL('../../../../shared/vectors/', import.meta.url);

const FLOE = new URL('floe/', FOLDER);
const AES_GCM = new URL('wycheproof/aes_gcm_test.json', FOLDER);
const HKDF = new URL('wycheproof/hkdf_sha384_test.json', FOLDER);

/** Whether the published vectors are on this machine. */
export const PRESENT = [FLOE, AES_GCM, HKDF].every((place) =>
  existsSync(place),
);

/** One message of another implementation of FLOE. */
export interface FloeVector {
  /** Who wrote it, and with which parameters. */
  readonly name: string;
  readonly message: Buffer;
  readonly plaintext: Buffer;
}

/** The messages that Java, Go, C++ and Rust wrote; none when absent. */
export function floeVectors(): FloeVector[] {
  if (!PRESENT) return [];
  const names = readdirSync(FLOE)
    .filter((file) => file.endsWith('_ct.txt'))
    .map((file) => file.replace('_ct.txt', ''));
  return names.toSorted().map((name) => ({
    name,
    message: readHex(`${name}_ct.txt`),
    plaintext: readHex(`${name}_pt.txt`),
  }));
}

function readHex(file: string): Buffer {
  const digits = readFileSync(new URL(file, FLOE), 'utf8').trim();
  return Buffer.from(digits, 'hex');
}

/** A case of Wycheproof for AES-GCM; bytes in hexadecimal. */
export interface GcmCase {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** Those with keys of 32, nonces of 12 and tags of 16 bytes; none when absent. */
export function gcmCases(): GcmCase[] {
  return groupsOf<GcmCase>(AES_GCM)
    .filter(
      ({ keySize, ivSize, tagSize }) =>
        keySize === 256 && ivSize === 96 && tagSize === 128,
    )
    .flatMap(({ tests }) => tests);
}

/** A case of Wycheproof for HKDF with SHA-384; bytes in hexadecimal. */
export interface HkdfCase {
  readonly tcId: number;
  readonly comment: string;
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** Those of at most one block; none when absent. */
export function hkdfCases(): HkdfCase[] {
  return groupsOf<HkdfCase>(HKDF)
    .flatMap(({ tests }) => tests)
    .filter(({ size }) => size <= 48);
}

interface Group<Case> {
  readonly keySize: number;
  readonly ivSize?: number;
  readonly tagSize?: number;
  readonly tests: readonly Case[];
}

function groupsOf<Case>(file: URL): readonly Group<Case>[] {
  if (!PRESENT) return [];
  const text = readFileSync(file, 'utf8');
  return (JSON.parse(text) as { testGroups: readonly Group<Case>[] })
    .testGroups;
}
