/** Copies of some bytes, each with another single bit flipped. */
export function* bitFlips(bytes: Uint8Array): Generator<Buffer, void> {
  for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
    const copy = Buffer.from(bytes);
    const at = Math.floor(bit / 8);
    copy.writeUInt8(copy.readUInt8(at) ^ (1 << (bit % 8)), at);
    yield copy;
  }
}

/** The beginnings of some bytes or of a text, from nothing to all but the end. */
export function* truncations<T extends Uint8Array | string>(
  whole: T,
): Generator<T, void> {
  for (let length = 0; length < whole.length; length += 1) {
    yield whole.slice(0, length) as T;
  }
}
