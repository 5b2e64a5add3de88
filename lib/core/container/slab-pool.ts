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
