/** Slabs of one size are kept for reuse up to this many bytes in all. */
const KEPT_BYTES = 8 * 1024 * 1024;

/**
 * Reused memory: a slab that one file has filled serves the next one,
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
    const free = this.#free.get(bytes);
    const slab = free?.pop();
    if (!slab) return Buffer.allocUnsafeSlow(bytes);
    if (free?.length === 0) this.#free.delete(bytes);
    this.#kept -= bytes;
    return slab;
  }

  /** Gives a slab back. */
  release(slab: Buffer): void {
    const bytes = slab.length;
    if (bytes > KEPT_BYTES) return;
    while (this.#kept + bytes > KEPT_BYTES) this.#drop();
    const free = this.#free.get(bytes) ?? [];
    free.push(slab);
    // Put last: the sizes are in the order of their last use.
    this.#free.delete(bytes);
    this.#free.set(bytes, free);
    this.#kept += bytes;
  }

  /** Leaves one slab to the garbage collector, of the size least used lately. */
  #drop(): void {
    for (const [bytes, free] of this.#free) {
      free.pop();
      this.#kept -= bytes;
      if (free.length === 0) this.#free.delete(bytes);
      return;
    }
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
