import type { BaseFileEntity } from '../entities/base-file.entity.js';

/** The columns that this package fills in a file's row. */
export type FileColumns = Pick<
  BaseFileEntity,
  'filename' | 'path' | 'key' | 'realname' | 'size' | 'createdAt'
>;
