import * as crypto from 'node:crypto';

// FLOE a second time: slow, short, and written from c2sp.org/FLOE alone, to hold
// against the fast code. It shares no line with it, and checks no bound.

const NOT_LAST = 0xffffffff;
const join = (...parts: Buffer[]) => Buffer.concat(parts);
const big = (value: number | bigint, bytes: number) =>
  Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');

/** `prefix` is parameters(10) ‖ IV(32); 2^`mask` segments share a key. */
export type Twin = { key: Buffer; aad: Buffer; prefix: Buffer; mask: bigint };
type Place = { index: bigint; last: boolean };

function kdf({ key, aad, prefix }: Twin, purpose: Buffer, length: number) {
  const info = join(prefix, purpose, aad, big(1, 1));
  const block = crypto.createHmac('sha384', key).update(info).digest();
  return block.subarray(0, length);
}

export function header(twin: Twin): Buffer {
  return join(twin.prefix, kdf(twin, Buffer.from('HEADER_TAG:'), 32));
}

/** The key and the associated data of a segment. */
function secrets(twin: Twin, { index, last }: Place) {
  const first = big((index >> twin.mask) << twin.mask, 8);
  const messageKey = kdf(twin, Buffer.from('MESSAGE_KEY:'), 48);
  const purpose = join(Buffer.from('DEK:'), first);
  const key = kdf({ ...twin, key: messageKey }, purpose, 32);
  return { key, aad: join(big(index, 8), big(last ? 1 : 0, 1)) };
}

export function encryptSegment(twin: Twin, text: Buffer, place: Place) {
  const { key, aad } = secrets(twin, place);
  const nonce = crypto.randomBytes(12);
  const gcm = crypto.createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  const sealed = join(gcm.update(text), gcm.final(), gcm.getAuthTag());
  const length = big(place.last ? 16 + sealed.length : NOT_LAST, 4);
  return join(length, nonce, sealed);
}

export function decryptSegment(twin: Twin, segment: Buffer, index: bigint) {
  const last = segment.readUInt32BE(0) !== NOT_LAST;
  const { key, aad } = secrets(twin, { index, last });
  const nonce = segment.subarray(4, 16);
  const gcm = crypto.createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  gcm.setAuthTag(segment.subarray(-16));
  return join(gcm.update(segment.subarray(16, -16)), gcm.final());
}

export function encrypt(key: Buffer, aad: Buffer, text: Buffer, chunk: number) {
  const parameters = join(big(0, 2), big(chunk + 32, 4), big(32, 4));
  const prefix = join(parameters, crypto.randomBytes(32));
  const twin = { key, aad, prefix, mask: 20n };
  let message = header(twin);
  for (let at = 0, index = 0n; ; at += chunk, index += 1n) {
    const last = at + chunk >= text.length;
    const piece = text.subarray(at, at + chunk);
    message = join(message, encryptSegment(twin, piece, { index, last }));
    if (last) return message;
  }
}

export function decrypt(key: Buffer, aad: Buffer, message: Buffer, mask = 20n) {
  const twin = { key, aad, prefix: message.subarray(0, 42), mask };
  if (!header(twin).equals(message.subarray(0, 74))) throw new Error('header');
  const segmentLength = message.readUInt32BE(2);
  let text = Buffer.alloc(0);
  for (let at = 74, index = 0n; ; at += segmentLength, index += 1n) {
    const segment = message.subarray(at, at + segmentLength);
    text = join(text, decryptSegment(twin, segment, index));
    const length = segment.readUInt32BE(0);
    if (length === NOT_LAST) continue;
    if (at + length !== message.length) throw new Error('length');
    return text;
  }
}
