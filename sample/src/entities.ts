import {
  BaseFileEntity,
  BaseLinkEntity,
  BaseTokenEntity,
} from 'nestjs-file-encryptor';
import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryGeneratedColumn,
} from 'typeorm';

/** Somebody who has signed in. */
@Entity('users')
export class User {
  /**
   * A UUID is never given out twice: the cookie of a deleted account cannot
   * fit a later one.
   */
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'varchar', length: 64, unique: true })
  name!: string;
}

/** A stored file, and whose it is. */
@Entity('files')
export class DriveFile extends BaseFileEntity {
  @ManyToOne(() => User, { nullable: false })
  user!: User;
}

/** The wrapped key of one user; without it none of their files can be read. */
@Entity('tokens')
export class Token extends BaseTokenEntity {
  @OneToOne(() => User, { nullable: false })
  @JoinColumn()
  user!: User;
}

/** A download link to one file. */
@Entity('links')
export class Link extends BaseLinkEntity {}
