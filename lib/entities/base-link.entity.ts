import { Column, Index, PrimaryGeneratedColumn } from 'typeorm';
import { NUMBER_COLUMN } from './number-column.js';

/**
 * A lease: a transfer that has taken a use, and may be resumed by ranges.
 *
 * - `running`: its answer is on the way, or its process has crashed.
 * - `counted`: all bytes were handed over; parts of them take no further use.
 * - `broken`: it broke before; its use was given back.
 */
export type LeaseState = 'running' | 'counted' | 'broken';

/**
 * The row of a download link. Extend it, and add nothing:
 *
 * ```ts
 * @Entity()
 * export class Link extends BaseLinkEntity {}
 * ```
 *
 * The columns work unchanged on SQLite, PostgreSQL and MySQL/MariaDB. The secret
 * is not among them; what the link allows is sealed in `terms`.
 */
export abstract class BaseLinkEntity {
  @PrimaryGeneratedColumn()
  id!: number;

  /** Base64url of the SHA-256 of the secret's characters. */
  @Column({ type: 'varchar', length: 43, unique: true })
  hash!: string;

  /** The random name of the file. */
  @Index()
  @Column({ type: 'varchar', length: 32 })
  filename!: string;

  /** The file's owner in canonical form: `property=primary key`. */
  @Column({ type: 'text' })
  owner!: string;

  /** What the link allows, sealed under the file's data key: `1.<base64url>`. */
  @Column({ type: 'text' })
  terms!: string;

  /** Epoch milliseconds, in clear; the sealed time must equal it. */
  @Column(NUMBER_COLUMN)
  expiresAt!: number;

  /** Epoch milliseconds, in clear; the sealed time must equal it. */
  @Column({ ...NUMBER_COLUMN, nullable: true })
  notBefore!: number | null;

  /** In clear; the sealed number must equal it. */
  @Column({ type: 'int' })
  maxDownloads!: number;

  /** Uses that are left. */
  @Column({ type: 'int' })
  remaining!: number;

  /** Bytes that may still be handed over. */
  @Column(NUMBER_COLUMN)
  budget!: number;

  /** Base64url of the SHA-256 of the latest lease's token. */
  @Column({ type: 'varchar', length: 43, nullable: true })
  leaseHash!: string | null;

  @Column({ type: 'varchar', length: 8, nullable: true })
  leaseState!: LeaseState | null;

  /** Epoch milliseconds; null while it is running. */
  @Column({ ...NUMBER_COLUMN, nullable: true })
  leaseUntil!: number | null;

  /** Passwords that were tried within the present quarter of an hour. */
  @Column({ type: 'int', default: 0 })
  attempts!: number;

  /** Epoch milliseconds at which the attempts count anew. */
  @Column(NUMBER_COLUMN)
  attemptsUntil!: number;

  /** Epoch milliseconds. */
  @Column(NUMBER_COLUMN)
  createdAt!: number;

  /** Epoch milliseconds at which an answer was last admitted. */
  @Column({ ...NUMBER_COLUMN, nullable: true })
  lastUsedAt!: number | null;
}
