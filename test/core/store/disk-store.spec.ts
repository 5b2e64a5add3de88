import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DiskStore,
  type DiskStoreOptions,
} from '../../../lib/core/store/disk-store.js';
import { objectStoreContract } from '../../contract/object-store.contract.js';
import type { StorePlace } from '../../contract/store-place.js';
import { withoutLinks } from './faulty-file-system.js';

objectStoreContract('DiskStore', placeFor({}));
objectStoreContract('DiskStore without fsync', placeFor({ durable: false }));
objectStoreContract(
  'DiskStore without hard links',
  placeFor({ durable: false, fs: withoutLinks('EPERM') }),
);

function placeFor(options: DiskStoreOptions): () => Promise<StorePlace> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'disk-store-'));
    return {
      connect: () => new DiskStore(join(folder, 'uploads'), options),
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  };
}
