import type { ObjectStore } from '../../lib/core/store/object-store.js';

/** A place for objects, empty at first. */
export interface StorePlace {
  /** A store on this place, not yet opened; each one as if in another process. */
  connect(): ObjectStore;
  /** Removes the place and all in it. */
  dispose(): Promise<void>;
}

/** What each test begins with. */
export interface EmptyStore {
  readonly place: StorePlace;
  /** On the place, opened. */
  readonly store: ObjectStore;
}
