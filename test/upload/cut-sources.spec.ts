import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UploadError } from '../../lib/core/errors.js';
import { rejectionOf } from '../core/thrown.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { PAPER_TABLES, PAPERS } from '../encryption-service/papers.js';
import { useService } from '../encryption-service/service-place.js';

const FACTS = { name: 'a.txt', type: 'text/plain' };

describe('a part that its parser has cut', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  it('is not taken for whole', async () => {
    // As busboy does it: marked, and then ended as if it were whole.
    const part: Readable & { truncated?: boolean } = Readable.from([
      Buffer.from('the beginning'),
    ]);
    part.once('end', () => (part.truncated = true));
    const upload = place.service.encryptUpload(part, FACTS);
    const error = await rejectionOf(upload);
    expect(error).toBeInstanceOf(UploadError);
    expect(error).toMatchObject({ code: 'UPLOAD_TOO_LARGE', status: 413 });
    expect(await place.stored()).toEqual([]);
  });
});
