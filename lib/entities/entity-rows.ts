import type { DataSource } from 'typeorm';
import { ConfigurationError, OwnerError } from '../core/errors.js';
import type { BaseFileEntity } from './base-file.entity.js';
import type { BaseLinkEntity } from './base-link.entity.js';
import type { BaseTokenEntity } from './base-token.entity.js';
import type { EntityClasses } from './entity-classes.js';
import { FileRows } from './file-rows.js';
import { LinkRows } from './link-rows.js';
import {
  parseCanonicalOwner,
  resolveOwner,
  type ResolvedOwner,
} from './owner.js';
import { TokenRows } from './token-rows.js';

/** TypeORM's: what runs the statements of a transaction. */
export type { EntityManager } from 'typeorm';

/** The application's rows: its files, tokens and links, and whose they are. */
export class EntityRows<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
  Link extends BaseLinkEntity = BaseLinkEntity,
> {
  readonly files: FileRows<File>;
  readonly tokens: TokenRows<Token>;
  /** Undefined where the application has no entity for them. */
  readonly links: LinkRows<Link> | undefined;
  readonly #checkedOwners = new Set<string>();

  /** @throws {@link ConfigurationError} if the data source lacks an entity. */
  constructor(
    dataSource: DataSource,
    entities: EntityClasses<File, Token, Link>,
  ) {
    for (const role of ['file', 'token', 'link'] as const) {
      const entity = entities[role];
      if (entity && !dataSource.hasMetadata(entity)) {
        throw new ConfigurationError(
          `The data source does not know entities.${role} (${entity.name}): add it to the entities of TypeOrmModule.forRoot, or set autoLoadEntities and import TypeOrmModule.forFeature.`,
        );
      }
    }
    this.files = new FileRows(dataSource, entities.file);
    this.tokens = new TokenRows(dataSource, entities.token);
    this.links = entities.link && new LinkRows(dataSource, entities.link);
  }

  /**
   * Reduces an owner to what may reach a query.
   *
   * @throws OwnerError if it is none.
   * @throws {@link ConfigurationError} if the token entity could hold two tokens
   * of such an owner; checked once for each set of properties.
   */
  owner(owner: unknown): ResolvedOwner {
    const { files, tokens } = this;
    const resolved = resolveOwner(owner, files.metadata, tokens.metadata);
    const properties = Object.keys(resolved.where).join('&');
    if (!this.#checkedOwners.has(properties)) {
      tokens.checkUnique(resolved);
      this.#checkedOwners.add(properties);
    }
    return resolved;
  }

  /**
   * The owner that a canonical form stands for.
   *
   * @returns undefined if the text is the canonical form of none.
   */
  ownerOf(canonical: string): ResolvedOwner | undefined {
    // SQLite keeps bytes in a column of texts.
    if (typeof canonical !== 'string') return undefined;
    try {
      const owner = this.owner(parseCanonicalOwner(canonical));
      return owner.canonical === canonical ? owner : undefined;
    } catch (error) {
      if (error instanceof OwnerError) return undefined;
      throw error;
    }
  }
}
