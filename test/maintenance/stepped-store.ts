import { StoreError } from '../../lib/core/errors.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import type {
  ObjectEntry,
  ObjectWriter,
} from '../../lib/core/store/object-store.js';

/** A store on the disk that lets a test act between the steps of a sweep. */
export class SteppedStore extends DiskStore {
  /** Run once, before the next object is begun. */
  onCreate: (() => Promise<unknown>) | undefined;
  /** Run once, when all has been listed. */
  onListed: (() => Promise<unknown>) | undefined;
  /** Run once, before the next removal. */
  onRemove: (() => Promise<unknown>) | undefined;
  /** The clock of the store is so many milliseconds ahead, since a moment. */
  clock = { ahead: 0, since: 0 };

  /** Keys that are not listed. */
  hides = (_key: string): boolean => false;
  /** Keys that cannot be removed. */
  refuses = (_key: string): boolean => false;

  override async create(key: string): Promise<ObjectWriter> {
    const act = this.onCreate;
    this.onCreate = undefined;
    await act?.();
    return super.create(key);
  }

  override async *list(): AsyncGenerator<ObjectEntry> {
    for await (const entry of super.list()) {
      if (this.hides(entry.key)) continue;
      const { modifiedAt } = entry;
      const ahead = modifiedAt < this.clock.since ? 0 : this.clock.ahead;
      yield { ...entry, modifiedAt: modifiedAt + ahead };
    }
    const act = this.onListed;
    this.onListed = undefined;
    await act?.();
  }

  override async remove(key: string): Promise<boolean> {
    const act = this.onRemove;
    this.onRemove = undefined;
    await act?.();
    if (this.refuses(key)) throw new StoreError('The disk is busy.');
    return super.remove(key);
  }
}
