import { readFileSync } from 'node:fs';

/** What `manifest.json` holds. */
export interface ContainerManifest {
  readonly format: string;
  /** The key of all of them, 32 bytes in hexadecimal. */
  readonly key: string;
  readonly plaintext: string;
  readonly containers: readonly FrozenContainer[];
}

/** One container that an earlier version wrote. */
export interface FrozenContainer {
  /** Its name, beside the manifest. */
  readonly file: string;
  /** Plaintext bytes of a full segment. */
  readonly chunkSize: number;
  /** Plaintext bytes; byte i is i mod 251. */
  readonly size: number;
  /** What it is bound to, in hexadecimal. */
  readonly aad: string;
  /** SHA-256 of the container, in hexadecimal. */
  readonly sha256: string;
  /** SHA-256 of the plaintext, in hexadecimal. */
  readonly plaintextSha256: string;
}

/** Reads the manifest. */
export function readContainerManifest(): ContainerManifest {
  return JSON.parse(
    readFrozenFile('manifest.json').toString(),
  ) as ContainerManifest;
}

/** Reads a file of the folder, as it is. */
export function readFrozenFile(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url));
}
