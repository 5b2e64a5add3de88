import { StoreError } from '../../lib/core/errors.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';

/** A store on the disk that can be told to fail. */
export class FailingStore extends DiskStore {
  /** So many of the next removals fail. */
  failures = 0;

  override async remove(key: string): Promise<boolean> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new StoreError(
        'The object could not be removed: the disk is busy.',
      );
    }
    return super.remove(key);
  }
}
