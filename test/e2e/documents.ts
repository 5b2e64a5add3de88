import { Column, Entity, Unique } from 'typeorm';
import { BaseFileEntity, BaseTokenEntity } from 'nestjs-file-encryptor';

/** The file entity of the tests' applications; its owner is a number. */
@Entity()
export class Document extends BaseFileEntity {
  @Column()
  userId!: number;
}

/** The token entity that belongs to it. */
@Entity()
@Unique(['userId'])
export class DocumentToken extends BaseTokenEntity {
  @Column()
  userId!: number;
}

/** Both, as the module's option takes them. */
export const ENTITIES = { file: Document, token: DocumentToken } as const;

/** The owner of everything in these tests. */
export const OWNER = { userId: 1 } as const;
