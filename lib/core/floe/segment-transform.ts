import { Transform, type TransformCallback } from 'node:stream';

/**
 * A Transform that pauses within a chunk: when its reader is full it stops
 * producing, however long the chunk that it was given.
 */
export abstract class SegmentTransform extends Transform {
  #resume: (() => void) | undefined;

  /** The output for one chunk of input, piece by piece. */
  protected abstract process(chunk: Buffer): Generator<Buffer, void>;

  /** The output for the end of the input. */
  protected abstract finish(): Generator<Buffer, void>;

  override _transform(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    done: TransformCallback,
  ): void {
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#pump(this.process(view), done);
  }

  override _flush(done: TransformCallback): void {
    this.#pump(this.finish(), done);
  }

  override _read(size: number): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
    // A chunk that is done by now may have produced nothing more. Then nothing
    // would call this again, and the next chunk would never be taken.
    super._read(size);
  }

  #pump(pieces: Generator<Buffer, void>, done: TransformCallback): void {
    try {
      for (let next = pieces.next(); !next.done; next = pieces.next()) {
        if (!this.push(next.value)) {
          this.#resume = () => this.#pump(pieces, done);
          return;
        }
      }
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}
