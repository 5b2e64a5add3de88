import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { describeServer, locationOf } from '../databases.js';
import { eventually } from '../e2e/eventually.js';
import { useSample } from './drive.js';
import { type Answer, Visitor } from './visitor.js';

describe('an account that is deleted while an upload comes', () => {
  const sample = useSample();

  // To hold up one of two statements takes locks of rows.
  describeServer('postgres', (database) => {
    it('is deleted with what has come', async () => {
      const options = await database.create([]);
      const drive = await sample.open({ DATABASE_URL: locationOf(options) });
      const kim = await Visitor.signedIn(drive.url, 'kim');
      await kim.store('first', 'first.txt');
      const other = kim.copy();
      let deleted: Promise<Answer> | undefined;
      const source = await new DataSource(options).initialize();
      await source.transaction(async (manager) => {
        // Others may refer to the user, and nobody may delete it.
        await manager.query('SELECT id FROM users FOR SHARE');
        deleted = kim.delete('/api/account');
        await eventually(async () => expect(await other.list()).toEqual([]));
        // The user is still there, and now has a key and a file again.
        await other.store('late', 'late.txt');
      });
      await source.destroy();
      expect((await deleted)?.status).toBe(200);
      expect((await other.get('/api/session')).status).toBe(401);
      const again = await Visitor.signedIn(drive.url, 'kim');
      expect(await again.list()).toEqual([]);
    });
  });
});
