import { Column, PrimaryGeneratedColumn } from 'typeorm';
import { NUMBER_COLUMN } from './number-column.js';

/**
 * The row of an encrypted file. Extend it, and add the owner:
 *
 * ```ts
 * @Entity()
 * export class UploadedFile extends BaseFileEntity {
 *   @ManyToOne(() => User, { nullable: false })
 *   user: User;
 * }
 * ```
 *
 * The columns work unchanged on SQLite, PostgreSQL and MySQL/MariaDB.
 */
export abstract class BaseFileEntity {
  @PrimaryGeneratedColumn()
  id!: number;

  /** The random name in the store: 32 hexadecimal digits. */
  @Column({ type: 'varchar', length: 32, unique: true })
  filename!: string;

  /** The sealed name, type and size: `1.<base64url>`. */
  @Column({ type: 'text' })
  realname!: string;

  /** The folder in the store: two levels of two hexadecimal digits. */
  @Column({ type: 'varchar', length: 5 })
  path!: string;

  /** The data key, wrapped under the owner key: `1.<key id>.<base64url>`. */
  @Column({ type: 'text' })
  key!: string;

  /** Plaintext bytes, in clear, for queries; the sealed size must equal it. */
  @Column(NUMBER_COLUMN)
  size!: number;

  /** Epoch milliseconds. */
  @Column(NUMBER_COLUMN)
  createdAt!: number;
}
