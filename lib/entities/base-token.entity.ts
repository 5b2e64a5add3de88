import { Column, PrimaryGeneratedColumn } from 'typeorm';

/**
 * An owner's token: the key under which all the owner's data keys are wrapped,
 * itself wrapped under the global key. One row per owner, so the owner's columns
 * must be unique:
 *
 * ```ts
 * @Entity()
 * export class Token extends BaseTokenEntity {
 *   @OneToOne(() => User, { nullable: false })
 *   @JoinColumn()
 *   user: User;
 * }
 * ```
 *
 * Deleting the row shreds every file of that owner.
 */
export abstract class BaseTokenEntity {
  @PrimaryGeneratedColumn()
  id!: number;

  /** The owner key, wrapped under a global key: `1.<key id>.<base64url>`. */
  @Column({ type: 'text' })
  value!: string;
}
