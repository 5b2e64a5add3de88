import { createHmac, scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openInformation } from '../../../lib/core/keys/file-information.js';
import { KeyChain, unwrapDataKey } from '../../../lib/core/keys/key-chain.js';
import { Keyring } from '../../../lib/core/keys/keyring.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { readKeyVectors } from '../../vectors/keys/vectors.js';
import * as floe from '../floe/floe-twin.js';

// The keys a second time, written from KEYS.md alone: it shares no line with the
// library, and checks no bound.

const vectors = readKeyVectors();
const hex = (text: string) => Buffer.from(text, 'hex');
const CHUNK_SIZE = 65_536;

/** Written once, under the data key 7c…, for the row 00…; never written again. */
const WITH_DETECTED =
  '1.AAAAAQAgAAAAIKr1jnBrG76LAZ01-0ikc7Pcd_jiU8DvnG313P6_pVm5Asp-hxN0OQkgeh1hVVVXMdzbw1pJFPG3scf7CDVrnHgAAAEgOs6IWR5TMAhhpxUJFTGa3j5KT_NvC-y4-2G1u7_O-VorDLzKfAqmNAQZm8PSvRCHKTNZwMabcmEv2DTMdSTzT2M3HDxnIHqmck-kem5jX_vp0k2Nm1smLX9wJbx6iUbAC7RoXeTg2XGC1noazFiH3z7SqYMq1pMaoHYLYsNhjwhshIb9UXGYXrRJ8ETomHH6vowUyKZU0jHT6aObStMQ2d84GgKw3VkGdAK5ZSi6-v6w7P4hidb7Ww_GkCrp0HhQ8ppSH4DONnENILn3b43SyTpCXv5j2PHjZJHyXvRpepQ9f5EDcDV-jRlrCnrv1-znZ2QcH_L3BEMKOH-avRFNnO2wRpmxTnPb2NlDntjz4kCeKRIUUKGvnO08L4k';

function aadOf(...fields: readonly string[]): Buffer {
  let aad = Buffer.from('file-encryptor/1');
  for (const field of fields) {
    const length = Buffer.byteLength(field).toString(16).padStart(8, '0');
    aad = Buffer.concat([aad, hex(length), Buffer.from(field)]);
  }
  return aad;
}

function idOf(key: Buffer): string {
  const hmac = createHmac('sha384', key).update('file-encryptor key id/1');
  return hmac.update(hex('01')).digest().toString('base64url', 0, 8);
}

/** Unwraps the text of a token (`token`) or of a data key (`data-key`). */
function unwrap(key: Buffer, text: string, purpose: string, binding: string) {
  const [version, id = '', blob = ''] = text.split('.');
  expect([version, id]).toEqual(['1', idOf(key)]);
  const aad = aadOf(purpose, id, binding);
  return floe.decrypt(key, aad, Buffer.from(blob, 'base64url'));
}

function wrap(key: Buffer, inner: Buffer, purpose: string, binding: string) {
  const aad = aadOf(purpose, idOf(key), binding);
  const blob = floe.encrypt(key, aad, inner, CHUNK_SIZE);
  return `1.${idOf(key)}.${blob.toString('base64url')}`;
}

describe('the documented format', () => {
  it('has the associated data of a token as the page prints it', () => {
    const file = new URL('../../../lib/core/keys/KEYS.md', import.meta.url);
    const page = readFileSync(file, 'utf8');
    const [, example = ''] = /```\n(66696c65[^`]+)```/.exec(page) ?? [];
    const digits = example.replaceAll(/ {2,}".*"$/gm, '').replaceAll(/\s/g, '');
    expect(digits).toBe(
      aadOf('token', '-YKfnZP_9fA', 'user=1').toString('hex'),
    );
  });

  it.each(vectors.tokens)('opens the token of $owner', (vector) => {
    const { globalKey, value, owner } = vector;
    const ownerKey = unwrap(hex(globalKey), value, 'token', owner);
    expect(ownerKey.toString('hex')).toBe(vector.ownerKey);
  });

  it.each(vectors.dataKeys)('opens the data key of $filename', (vector) => {
    const { ownerKey, text, filename } = vector;
    const dataKey = unwrap(hex(ownerKey), text, 'data-key', filename);
    expect(dataKey.toString('hex')).toBe(vector.dataKey);
  });

  it.each(vectors.information)('opens the information $type', (vector) => {
    const { dataKey, text, filename, name, type, size } = vector;
    const blob = Buffer.from(text.replace('1.', ''), 'base64url');
    const json = floe.decrypt(hex(dataKey), aadOf('info', filename), blob);
    expect(json.length % 256).toBe(0);
    expect(JSON.parse(json.toString())).toEqual({ name, type, size });
    expect(json.toString().trimEnd()).toBe(
      JSON.stringify({ name, type, size }),
    );
  });

  it('opens information with what the first bytes have shown', () => {
    const row = '00'.repeat(16);
    const data = hex('7c'.repeat(32));
    const written = {
      name: 'a.png',
      type: 'text/html',
      size: 7,
      detected: 'image/png',
    };
    const blob = Buffer.from(WITH_DETECTED.replace('1.', ''), 'base64url');
    const json = floe.decrypt(data, aadOf('info', row), blob);
    expect(json.toString().trimEnd()).toBe(JSON.stringify(written));
    const dataKey = SecretKey.from(data);
    expect(openInformation(dataKey, WITH_DETECTED, row)).toEqual(written);
  });

  it.each(vectors.passphrases)('derives the key of $passphrase', (vector) => {
    const passphrase = vector.passphrase.normalize('NFC');
    const cost = { N: 131_072, r: 8, p: 1, maxmem: 2 ** 28 };
    const key = scryptSync(passphrase, hex(vector.salt), 32, cost);
    expect(key.toString('hex')).toBe(vector.key);
  });

  it('is all that another implementation needs to write', async () => {
    const global = hex('5a'.repeat(32));
    const owner = hex('6b'.repeat(32));
    const data = hex('7c'.repeat(32));
    const row = '00'.repeat(16);
    const chain = new KeyChain(new Keyring([SecretKey.from(global)]));
    const token = wrap(global, owner, 'token', 'user=1');
    const ownerKey = await chain.openToken(token, 'user=1');
    const wrapped = wrap(owner, data, 'data-key', row);
    const dataKey = unwrapDataKey(ownerKey, wrapped, row);
    const json = Buffer.from('{"name":"a","type":"b","size":7}'.padEnd(256));
    const sealed = floe.encrypt(data, aadOf('info', row), json, CHUNK_SIZE);
    const text = `1.${sealed.toString('base64url')}`;
    expect(openInformation(dataKey, text, row)).toEqual({
      name: 'a',
      type: 'b',
      size: 7,
    });
  });
});
