import { FileNotFoundError, IntegrityError, nameFile } from '../core/errors.js';
import type { FileInformation } from '../core/keys/file-information.js';
import type { KeyChain } from '../core/keys/key-chain.js';
import { type LinkTerms, openTerms } from '../core/keys/link-terms.js';
import type { SecretKey } from '../core/secret-key.js';
import { describeRow } from '../download/open-row.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseLinkEntity } from '../entities/base-link.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import { noSuchFile } from '../entities/file-rows.js';
import type { ResolvedOwner } from '../entities/owner.js';
import type { KnownLink } from './link-descriptions.js';
import { invalidLink } from './link-failure.js';

/** The rows of a configuration. */
export type LinkingRows<Link extends BaseLinkEntity = BaseLinkEntity> =
  EntityRows<BaseFileEntity, BaseTokenEntity, Link>;

/** A file's row whose seals are open. */
export interface OpenFile {
  readonly file: BaseFileEntity;
  readonly dataKey: SecretKey;
  readonly information: FileInformation;
}

/** A link whose seals are open, with its file. */
export interface OpenLink extends KnownLink, OpenFile {}

/** Opens the rows that links lead to. Nothing of a content is read. */
export class LinkedFiles {
  readonly #rows: Pick<LinkingRows, 'files' | 'tokens' | 'ownerOf'>;
  readonly #keys: KeyChain;

  constructor(
    rows: Pick<LinkingRows, 'files' | 'tokens' | 'ownerOf'>,
    keys: KeyChain,
  ) {
    this.#rows = rows;
    this.#keys = keys;
  }

  /**
   * A file of an owner's.
   *
   * @throws {@link FileNotFoundError} if the owner has no such file.
   * @throws {@link IntegrityError} if its row was changed.
   */
  async ofOwner(filename: string, owner: ResolvedOwner): Promise<OpenFile> {
    const file = await this.#rows.files.get(owner, filename);
    const token = await this.#rows.tokens.find(owner);
    if (!token) throw noSuchFile();
    const key = await this.#keys.openToken(token.value, owner.canonical);
    return { file, ...describeRow(file, key) };
  }

  /**
   * The file of a link, which the row alone names.
   *
   * @throws LinkError `LINK_INVALID` if owner, token or file are gone.
   * @throws {@link IntegrityError} if a row was changed, exchanged or forged.
   */
  async ofLink(row: BaseLinkEntity): Promise<OpenLink> {
    const owner = this.#rows.ownerOf(row.owner);
    if (!owner) throw invalidLink();
    const opened = await this.#find(row.filename, owner);
    return { row, ...opened, terms: termsOf(row, opened.dataKey) };
  }

  /** Whether the file of a link has its row. */
  async has({ filename }: BaseLinkEntity): Promise<boolean> {
    return (await this.#rows.files.findByFilename(filename)) !== null;
  }

  async #find(filename: string, owner: ResolvedOwner): Promise<OpenFile> {
    try {
      return await this.ofOwner(filename, owner);
    } catch (error) {
      throw error instanceof FileNotFoundError ? invalidLink() : error;
    }
  }
}

/**
 * Nobody reaches a file by a link that names another owner, or the file in
 * another spelling, and its owner cannot revoke it: it is none of the file's.
 *
 * @throws {@link IntegrityError} if it does.
 */
export function requireLeadsTo(
  row: BaseLinkEntity,
  filename: string,
  { canonical }: ResolvedOwner,
): void {
  if (row.owner === canonical && row.filename === filename) return;
  const error = new IntegrityError(
    `The columns owner and filename of download link ${row.id} are not those of the file: one was changed.`,
  );
  throw nameFile(error, filename);
}

/**
 * The sealed terms of a link's row.
 *
 * @throws {@link IntegrityError} if they do not open, or the columns in clear say
 * something else.
 */
export function termsOf(row: BaseLinkEntity, dataKey: SecretKey): LinkTerms {
  try {
    const terms = openTerms(dataKey, row.terms, row.hash);
    for (const column of ['expiresAt', 'notBefore', 'maxDownloads'] as const) {
      if (row[column] !== terms[column]) {
        throw new IntegrityError(
          `The column ${column} of download link ${row.id} says ${row[column]}, its sealed terms say ${terms[column]}: the column was changed.`,
        );
      }
    }
    return terms;
  } catch (error) {
    throw nameFile(error, row.filename);
  }
}
