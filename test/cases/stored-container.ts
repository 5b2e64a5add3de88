import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { SecretKey } from 'nestjs-file-encryptor';
import { KeyChain, unwrapDataKey } from '../../lib/core/keys/key-chain.js';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { canonicalOwnerOf } from '../../lib/entities/owner.js';
import { containerOf, storeFile } from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import type { Received } from '../e2e/http-client.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import type { CaseApp } from './case-app.js';

/** A stored file whose container a case changes where it lies. */
export interface StoredContainer {
  readonly filename: string;
  readonly content: Buffer;
  /** As it was written: header(74) ‖ segments. */
  readonly bytes: Buffer;
  readonly header: Buffer;
  readonly segments: readonly Buffer[];
  /** Puts bytes in its place. */
  become(...parts: readonly Uint8Array[]): void;
}

/** Stores a file of {@link OWNER}. */
export async function storeContainer(
  app: CaseApp,
  content: Buffer,
  chunkSize: number,
): Promise<StoredContainer> {
  const filename = await storeFile(app.running, content);
  const path = containerOf(app.running, filename);
  const bytes = readFileSync(path);
  return {
    filename,
    content,
    bytes,
    header: bytes.subarray(0, 74),
    segments: segmentsOf(bytes, chunkSize),
    become: (...parts) => writeFileSync(path, Buffer.concat(parts)),
  };
}

/** The segments of a container. */
export function segmentsOf(container: Buffer, chunkSize: number): Buffer[] {
  const segments: Buffer[] = [];
  for (let at = 74; at < container.length; at += chunkSize + 32) {
    segments.push(container.subarray(at, at + chunkSize + 32));
  }
  return segments;
}

/** The data key of a file of {@link OWNER}: what only its owner has. */
export async function dataKeyOf(
  { source, globalKey }: CaseApp,
  filename: string,
): Promise<Buffer> {
  const { file, token } = LINKED_ENTITIES;
  const row = await source.getRepository(file).findOneByOrFail({ filename });
  const { value } = await source.getRepository(token).findOneByOrFail(OWNER);
  const chain = new KeyChain(new Keyring([SecretKey.from(globalKey)]));
  const ownerKey = await chain.openToken(value, canonicalOwnerOf(OWNER));
  return unwrapDataKey(ownerKey, row.key, filename).toBytes();
}

/**
 * An answer with damaged content is a neutral error, or breaks: what came until
 * then is whole segments of the content.
 *
 * @returns how many bytes of the content came.
 */
export function expectRefused(
  { status, headers, body, broken }: Received,
  { content }: Pick<StoredContainer, 'content'>,
): number {
  if (status === 200) {
    expect(broken).toBe(true);
    expect(body.length).toBeLessThan(content.length);
    expect(body.equals(content.subarray(0, body.length))).toBe(true);
    return body.length;
  }
  expect([status, broken]).toEqual([500, false]);
  expect(headers['content-type']).toMatch(/^application\/json/);
  expect(JSON.parse(String(body))).toHaveProperty('code', 'INTERNAL_ERROR');
  return 0;
}
