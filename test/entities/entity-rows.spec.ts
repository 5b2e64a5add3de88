import {
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  Index,
  ManyToOne,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError, OwnerError } from '../../lib/core/errors.js';
import { BaseFileEntity } from '../../lib/entities/base-file.entity.js';
import { BaseTokenEntity } from '../../lib/entities/base-token.entity.js';
import { checkEntityClasses } from '../../lib/entities/entity-classes.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { inMemory } from '../databases.js';
import { rejectionOf, thrownBy } from '../core/thrown.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { readText, useService } from '../encryption-service/service-place.js';

@Entity()
class Member {
  @PrimaryGeneratedColumn()
  id!: number;
}

@Entity()
class Leaf extends BaseFileEntity {
  @Column({ type: 'int', nullable: true })
  memberId!: number | null;

  @ManyToOne(() => Member)
  member!: Member | null;

  @Column({ type: 'int', nullable: true })
  tenant!: number | null;

  @DeleteDateColumn()
  deletedAt!: Date | null;
}

abstract class LeafToken extends BaseTokenEntity {
  @Column({ type: 'int', nullable: true })
  memberId!: number | null;

  @ManyToOne(() => Member)
  member!: Member | null;

  @Column({ type: 'int', nullable: true })
  tenant!: number | null;
}

@Entity()
class UnconstrainedToken extends LeafToken {}

@Entity()
@Index(['tenant'])
class IndexedToken extends LeafToken {}

@Entity()
@Index(['tenant'], { unique: true, where: '"tenant" > 5' })
class PartlyUniqueToken extends LeafToken {}

@Entity()
@Unique(['tenant', 'member'])
class PairToken extends LeafToken {}

@Entity()
@Unique(['member'])
@Index(['tenant'], { unique: true })
class UniqueToken extends LeafToken {}

const TOKENS = [
  UnconstrainedToken,
  IndexedToken,
  PartlyUniqueToken,
  PairToken,
  UniqueToken,
];
const TABLES = [Member, Leaf, ...TOKENS];

describe('the entities of an application', () => {
  const sources: DataSource[] = [];
  afterEach(async () => {
    for (const source of sources.splice(0)) await source.destroy();
  });

  async function connect(tables = TABLES): Promise<DataSource> {
    const source = new DataSource(inMemory(tables));
    sources.push(await source.initialize());
    return source;
  }

  it.each([
    ['the file', [Member, ...TOKENS], 'entities.file (Leaf)'],
    ['the token', [Member, Leaf], 'entities.token (UniqueToken)'],
  ])('must be known to the data source: %s', async (_what, tables, said) => {
    const source = await connect(tables);
    const entities = { file: Leaf, token: UniqueToken };
    const error = thrownBy(() => new EntityRows(source, entities));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(said);
  });

  it.each([
    ['file', { file: Member, token: UniqueToken }],
    ['file', { file: undefined, token: UniqueToken }],
    ['token', { file: Leaf, token: Leaf }],
    ['token', { file: Leaf }],
    ['token', { file: Leaf, token: 'UniqueToken' }],
  ])('must extend the base of the %s', (role, entities) => {
    const error = thrownBy(() => {
      checkEntityClasses(entities as never);
    });
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(`entities.${role}`);
  });

  it.each([
    ['no constraint', UnconstrainedToken, { member: 1 }],
    ['an index that is not unique', IndexedToken, { tenant: 1 }],
    ['an index of some rows', PartlyUniqueToken, { tenant: 1 }],
    ['a constraint on more than the owner', PairToken, { tenant: 1 }],
  ])(
    'must rule out two tokens of one owner: %s',
    async (_what, token, owner) => {
      const rows = new EntityRows(await connect(), { file: Leaf, token });
      const resolve = () => rows.owner(owner);
      for (const _ of [1, 2]) {
        const error = thrownBy(resolve);
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(String(error)).toContain('two tokens of one owner');
      }
    },
  );

  it.each([
    [PairToken, { tenant: 1, member: 2 }, 'member=2&tenant=1'],
    [UniqueToken, { member: { id: 2 } }, 'member=2'],
    [UniqueToken, { tenant: '3' }, 'tenant=3'],
    [UniqueToken, { tenant: 3, member: 2 }, 'member=2&tenant=3'],
  ])(
    'may say it in each of their ways: %#',
    async (token, owner, canonical) => {
      const rows = new EntityRows(await connect(), { file: Leaf, token });
      expect(rows.owner(owner).canonical).toBe(canonical);
    },
  );

  it('take a relation and its own foreign key for one column', async () => {
    const rows = new EntityRows(await connect(), {
      file: Leaf,
      token: UniqueToken,
    });
    const error = thrownBy(() => rows.owner({ member: 1, memberId: 2 }));
    expect(error).toBeInstanceOf(OwnerError);
  });
});

describe('files whose entity has more than its owner', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: TABLES,
    entities: { file: Leaf, token: UniqueToken },
  });

  it('cannot be given to another by the foreign key among the columns', async () => {
    const { service, source } = place;
    await source.getRepository(Member).save([{}, {}]);
    const upload = await place.upload('mine');
    const options = { columns: { memberId: 2 } };
    expect(
      await rejectionOf(service.save(upload, { member: 1 }, options)),
    ).toBeInstanceOf(ConfigurationError);
    expect(await place.stored()).toEqual([]);
  });

  it('keep their container while they are only marked as deleted', async () => {
    const { service, source } = place;
    const owner = { tenant: 1 };
    const upload = await place.upload('marked');
    const { id } = await service.save(upload, owner);
    await source.getRepository(Leaf).softDelete({ id });
    expect(await service.list(owner)).toEqual([]);
    await upload.discard();
    await source.getRepository(Leaf).restore({ id });
    expect(await readText(service, upload.filename, owner)).toBe('marked');
  });

  it('are erased though they are only marked as deleted', async () => {
    const { service, source } = place;
    const owner = { tenant: 2 };
    const { id } = await service.save(await place.upload('marked'), owner);
    await service.save(await place.upload('plain'), owner);
    await source.getRepository(Leaf).softDelete({ id });
    expect(await service.erase(owner)).toEqual({
      tokens: 1,
      files: 2,
      containers: 2,
    });
    expect(await place.stored()).toEqual(await place.rows());
  });
});
