/**
 * Where containers are kept: immutable objects under a key, written once.
 *
 * An implementation keeps these rules; nothing else is relied upon:
 *
 * - A key is what {@link parseObjectKey} lets through, and is checked with it
 *   in every call that takes one.
 * - An object appears under its key in one step, whole, or not at all. It never
 *   replaces another, and it never changes.
 * - When `commit` has returned, the object survives a crash of the machine, as
 *   far as the store promises that at all.
 * - Any number of processes may use the same store at once.
 * - What fails is told by a {@link StoreError} with its cause, a missing object
 *   by an {@link ObjectNotFoundError}; no message holds a host path or a secret.
 */
export abstract class ObjectStore {
  /** Makes the store ready; called once, before anything else. */
  abstract open(): Promise<void>;

  /**
   * Begins an object.
   *
   * @throws StoreError with code `OBJECT_EXISTS` if the key is taken, by an
   * object or by one that is being written: nothing has been changed then.
   */
  abstract create(key: string): Promise<ObjectWriter>;

  /**
   * Opens an object for reading.
   *
   * @throws ObjectNotFoundError if there is none.
   */
  abstract read(key: string): Promise<ObjectReader>;

  /**
   * Removes an object, or what an unfinished write of it has left; a write that
   * is still going on then fails when it is completed.
   *
   * @returns whether there was one; removing it again is no error.
   */
  abstract remove(key: string): Promise<boolean>;

  /** All objects, and what unfinished writes have left; in no order. */
  abstract list(): AsyncIterable<ObjectEntry>;

  /**
   * Whether another store keeps its objects in the same place. By this a sweep
   * knows that two configurations share one; by default only a store itself is
   * the same place.
   */
  async isSamePlace(other: ObjectStore): Promise<boolean> {
    return other === this;
  }
}

/**
 * An object that is being written. Calls follow each other; none is made before
 * the one before it has settled.
 */
export interface ObjectWriter {
  /**
   * Appends bytes. They belong to the caller and may be overwritten as soon as
   * the promise has settled: an implementation that needs them longer copies.
   */
  write(bytes: Uint8Array): Promise<void>;

  /**
   * Makes the object appear. After a failure `abort` is still to be called.
   *
   * @throws StoreError with code `OBJECT_EXISTS` if the key was taken meanwhile.
   */
  commit(): Promise<void>;

  /** Removes what was written, whatever happened before; after `commit`, nothing. */
  abort(): Promise<void>;
}

/** An object that is being read. */
export interface ObjectReader {
  /** Bytes of the object. */
  readonly size: number;

  /**
   * Fills `into` with the bytes from `position` on.
   *
   * Calls may overlap. Reading forward from where the last call ended is the
   * common case, and worth being made cheap.
   *
   * @param into - the caller's; written until the promise settles.
   * @returns bytes read: `into.length`, less only where the object ends.
   */
  read(into: Uint8Array, position: number): Promise<number>;

  /** Gives back what the reader holds; may be called again. */
  close(): Promise<void>;
}

/** One line of {@link ObjectStore.list}. */
export interface ObjectEntry {
  readonly key: string;
  /** Bytes stored. */
  readonly size: number;
  /** Last change by the store's own clock, epoch milliseconds. */
  readonly modifiedAt: number;
  /** False for what an unfinished write has left. */
  readonly complete: boolean;
}
