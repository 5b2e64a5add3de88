import { ConfigurationError } from '../core/errors.js';
import { BaseFileEntity } from './base-file.entity.js';
import { BaseLinkEntity } from './base-link.entity.js';
import { BaseTokenEntity } from './base-token.entity.js';

/** A class that can be made without knowing its constructor's parameters. */
// The parameters of an application's entity are its own business.
export type EntityClass<T> = new (...args: never[]) => T;

/** The application's own entity classes. */
export interface EntityClasses<
  File extends BaseFileEntity = BaseFileEntity,
  Token extends BaseTokenEntity = BaseTokenEntity,
  Link extends BaseLinkEntity = BaseLinkEntity,
> {
  /** Extends {@link BaseFileEntity}. */
  readonly file: EntityClass<File>;
  /** Extends {@link BaseTokenEntity}. */
  readonly token: EntityClass<Token>;
  /** Extends {@link BaseLinkEntity}; only download links need it. */
  readonly link?: EntityClass<Link> | undefined;
}

/** @throws {@link ConfigurationError} if a class does not extend its base. */
export function checkEntityClasses(entities: EntityClasses): void {
  check('file', entities.file, BaseFileEntity);
  check('token', entities.token, BaseTokenEntity);
  if (entities.link) check('link', entities.link, BaseLinkEntity);
}

function check(
  role: string,
  entity: EntityClass<unknown> | undefined,
  base: abstract new () => unknown,
): void {
  const prototype: unknown = entity?.prototype;
  if (!(prototype instanceof base)) {
    throw new ConfigurationError(
      `entities.${role} must be your entity class that extends ${base.name}.`,
    );
  }
}
