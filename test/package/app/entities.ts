import { BaseFileEntity, BaseTokenEntity } from 'nestjs-file-encryptor';
import {
  Entity,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryGeneratedColumn,
} from 'typeorm';

/** Whose files they are. */
@Entity()
export class User {
  @PrimaryGeneratedColumn('uuid')
  id!: string;
}

/** A file's row. */
@Entity()
export class StoredFile extends BaseFileEntity {
  @ManyToOne(() => User, { nullable: false })
  user!: User;
}

/** An owner's token. */
@Entity()
export class Token extends BaseTokenEntity {
  @OneToOne(() => User, { nullable: false })
  @JoinColumn()
  user!: User;
}
