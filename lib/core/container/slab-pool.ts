/** Slabs of one size are kept for reuse up to this many bytes in all. */
const KEPT_BYTES = 8 * 1024 * 1024;

/**
 * Reused memory: a slab that an encryption has filled serves the next one,
 * since fresh memory costs more than the cipher.
 *
 * Slabs are never shared: whoever has acquired one has it alone until it is
 * released, and must not touch it afterwards.
 */
class SlabPool {
  readonly #free = new Map<number, Buffer[]>();
  #kept = 0;

  /** A slab of that many bytes, with whatever its last user left in it. */
  acquire(bytes: number): Buffer {
    const slab = this.#free.get(bytes)?.pop();
    if (!slab) return Buffer.allocUnsafeSlow(bytes);
    this.#kept -= bytes;
    return slab;
  }

  /** Gives a slab back. */
  release(slab: Buffer): void {
    const bytes = slab.length;
    if (this.#kept + bytes > KEPT_BYTES) return;
    const free = this.#free.get(bytes);
    if (free) free.push(slab);
    else this.#free.set(bytes, [slab]);
    this.#kept += bytes;
  }
}

/** The process's slabs. */
export const slabs = new SlabPool();

/**
 * Two slabs in turns: one is filled while the other is used. Each is acquired
 * when it is needed first.
 */
export class SlabPair {
  readonly #bytes: number;
  #current: Buffer | undefined;
  #other: Buffer | undefined;

  /** @param bytes - of one slab. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** The slab that was not given out last. */
  next(): Buffer {
    const slab = this.#other ?? slabs.acquire(this.#bytes);
    this.#other = this.#current;
    this.#current = slab;
    return slab;
  }

  /** Overwrites both: ciphertext may lie about, a client's bytes should not. */
  wipe(): void {
    this.#current?.fill(0);
    this.#other?.fill(0);
  }

  /** Gives both back. */
  release(): void {
    if (this.#current) slabs.release(this.#current);
    if (this.#other) slabs.release(this.#other);
    this.#current = this.#other = undefined;
  }
}
