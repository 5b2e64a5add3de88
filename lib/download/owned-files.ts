import { Logger } from '@nestjs/common';
import type { KeyChain } from '../core/keys/key-chain.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import { noSuchFile, type Page } from '../entities/file-rows.js';
import type { Owner, ResolvedOwner } from '../entities/owner.js';
import type { EncryptedFile } from './encrypted-file.js';
import { openRow, openRows, type ReadingPlace } from './open-row.js';

/** What is needed of a configuration to read the files of owners. */
export interface OwnedPlace extends ReadingPlace {
  readonly keys: KeyChain;
}

/** Looks up the files of owners. Nothing of a content is read. */
export class OwnedFiles<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> {
  readonly #rows: EntityRows<File, Token>;
  readonly #place: OwnedPlace;

  constructor(rows: EntityRows<File, Token>, place: OwnedPlace) {
    this.#rows = rows;
    this.#place = place;
  }

  /** @throws FileNotFoundError if the owner has no such file. */
  async find(filename: string, owner: Owner): Promise<EncryptedFile<File>> {
    const resolved = this.#rows.owner(owner);
    const row = await this.#rows.files.get(resolved, filename);
    const token = await this.#tokenOf(resolved);
    if (!token) throw noSuchFile();
    const ownerKey = await this.#place.keys.openToken(
      token.value,
      resolved.canonical,
    );
    return openRow(row, ownerKey, this.#place);
  }

  /** The owner's files, newest first; all of them when `page` is absent. */
  async list(owner: Owner, page?: Page): Promise<EncryptedFile<File>[]> {
    const resolved = this.#rows.owner(owner);
    const rows = await this.#rows.files.list(resolved, page);
    const token = rows.length > 0 && (await this.#tokenOf(resolved));
    if (!token) return [];
    const ownerKey = await this.#place.keys.openToken(
      token.value,
      resolved.canonical,
    );
    return openRows(rows, ownerKey, this.#place);
  }

  /** The token of an owner who has files; without it they are shredded. */
  async #tokenOf(owner: ResolvedOwner): Promise<Token | null> {
    const token = await this.#rows.tokens.find(owner);
    if (!token) {
      logger.warn(
        'An owner has files and no token: an erasure is under way, or the row of the token was lost. Restore it before the owner uploads again.',
      );
    }
    return token;
  }
}

const logger = new Logger('FileEncryptor');
