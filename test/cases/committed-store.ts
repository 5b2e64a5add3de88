import { DiskStore } from '../../lib/core/store/disk-store.js';
import type { ObjectWriter } from '../../lib/core/store/object-store.js';

/** A store on the disk that tells what has ever appeared in it, gone or not. */
export class CommittedStore extends DiskStore {
  /** Keys, in the order in which their objects appeared. */
  readonly appeared: string[] = [];

  override async create(key: string): Promise<ObjectWriter> {
    const writer = await super.create(key);
    return {
      write: (bytes) => writer.write(bytes),
      commit: () => {
        this.appeared.push(key);
        return writer.commit();
      },
      abort: () => writer.abort(),
    };
  }
}
