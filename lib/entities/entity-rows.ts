import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import type { BaseFileEntity } from './base-file.entity.js';
import type { BaseTokenEntity } from './base-token.entity.js';
import type { EntityClasses } from './entity-classes.js';
import { FileRows } from './file-rows.js';
import { resolveOwner, type ResolvedOwner } from './owner.js';
import { TokenRows } from './token-rows.js';

/** TypeORM's: what runs the statements of a transaction. */
export type { EntityManager } from 'typeorm';

/** The application's rows: its files, its tokens, and whose they are. */
export class EntityRows<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> {
  readonly files: FileRows<File>;
  readonly tokens: TokenRows<Token>;
  readonly #checkedOwners = new Set<string>();

  /** @throws {@link ConfigurationError} if the data source lacks an entity. */
  constructor(dataSource: DataSource, entities: EntityClasses<File, Token>) {
    for (const [role, entity] of Object.entries(entities)) {
      if (!dataSource.hasMetadata(entity)) {
        throw new ConfigurationError(
          `The data source does not know entities.${role} (${entity.name}): add it to the entities of TypeOrmModule.forRoot, or set autoLoadEntities and import TypeOrmModule.forFeature.`,
        );
      }
    }
    this.files = new FileRows(dataSource, entities.file);
    this.tokens = new TokenRows(dataSource, entities.token);
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
}
