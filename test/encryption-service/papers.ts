import {
  Column,
  type DataSource,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { BaseFileEntity } from '../../lib/entities/base-file.entity.js';
import { BaseTokenEntity } from '../../lib/entities/base-token.entity.js';

/** The owner of the papers in these tests. */
@Entity()
export class Writer {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 40 })
  name!: string;
}

/** A file with two columns of the application's. */
@Entity()
export class Paper extends BaseFileEntity {
  @ManyToOne(() => Writer, { nullable: false })
  writer!: Writer;

  @Column({ type: 'varchar', length: 60, nullable: true })
  note!: string | null;

  @Column({ type: 'varchar', length: 20, default: 'draft' })
  shelf!: string;
}

/** The token of a writer. */
@Entity()
export class PaperToken extends BaseTokenEntity {
  @OneToOne(() => Writer, { nullable: false })
  @JoinColumn()
  writer!: Writer;
}

/** As the module's option takes them. */
export const PAPERS = { file: Paper, token: PaperToken } as const;

/** As a DataSource takes them. */
export const PAPER_TABLES = [Writer, Paper, PaperToken];

/** A new owner without files. */
export async function newOwner(
  source: DataSource,
): Promise<{ readonly writer: Writer }> {
  return { writer: await source.getRepository(Writer).save({ name: 'W' }) };
}

/** The token of an owner; null if the owner has none. */
export function tokenOf(
  source: DataSource,
  { writer }: { readonly writer: Writer },
): Promise<PaperToken | null> {
  return source
    .getRepository(PaperToken)
    .findOneBy({ writer: { id: writer.id } });
}
