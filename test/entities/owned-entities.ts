import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import { BaseFileEntity } from '../../lib/entities/base-file.entity.js';
import { BaseTokenEntity } from '../../lib/entities/base-token.entity.js';

/** An owner by a number that the database makes. */
@Entity()
export class Person {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'varchar', length: 40, default: 'somebody' })
  name!: string;

  // Both sides need each other, so one of them is named late.
  @OneToMany('Letter', 'person')
  letters!: unknown[];
}

/** An owner by a name. */
@Entity()
export class Country {
  @PrimaryColumn({ type: 'varchar', length: 20 })
  code!: string;
}

/** An owner by a UUID. */
@Entity()
export class Guest {
  @PrimaryGeneratedColumn('uuid')
  id!: string;
}

/** An owner by a number beyond those that JavaScript counts with. */
@Entity()
export class Account {
  // An operator of TypeORM has a property of this name too.
  @PrimaryColumn({ type: 'bigint' })
  value!: string;
}

/** A file that may belong to an owner of any kind. */
@Entity()
export class Letter extends BaseFileEntity {
  @ManyToOne(() => Person, 'letters')
  person!: Person | null;

  @ManyToOne(() => Country)
  country!: Country | null;

  @ManyToOne(() => Guest)
  guest!: Guest | null;

  @ManyToOne(() => Account)
  account!: Account | null;

  @Column({ type: 'int', nullable: true })
  ward!: number | null;

  @Column({ type: 'varchar', length: 10, nullable: true })
  city!: string | null;

  @Column({ type: 'float', nullable: true })
  weight!: number | null;

  @OneToOne(() => Reply, (reply) => reply.letter)
  reply!: unknown;

  // Only the file has it.
  @Column({ type: 'int', nullable: true })
  page!: number | null;
}

/** What points at a letter: for the letter, the inverse side. */
@Entity()
export class Reply {
  @PrimaryGeneratedColumn()
  id!: number;

  @OneToOne(() => Letter, (letter) => letter.reply)
  @JoinColumn()
  letter!: Letter | null;
}

/** The tokens of all these owners. */
@Entity()
@Unique(['country', 'ward'])
@Unique(['city'])
@Unique(['ward'])
@Unique(['weight'])
export class LetterToken extends BaseTokenEntity {
  @OneToOne(() => Person)
  @JoinColumn()
  person!: Person | null;

  @ManyToOne(() => Country)
  country!: Country | null;

  @OneToOne(() => Guest)
  @JoinColumn()
  guest!: Guest | null;

  @OneToOne(() => Account)
  @JoinColumn()
  account!: Account | null;

  @Column({ type: 'int', nullable: true })
  ward!: number | null;

  @Column({ type: 'varchar', length: 10, nullable: true })
  city!: string | null;

  @Column({ type: 'float', nullable: true })
  weight!: number | null;

  // The columns of the other owners that an inverse side would need.
  @OneToOne(() => Reply)
  @JoinColumn()
  reply!: Reply | null;
}

/** All of them, as a DataSource takes them. */
export const OWNED = [
  Person,
  Country,
  Guest,
  Account,
  Letter,
  Reply,
  LetterToken,
];
