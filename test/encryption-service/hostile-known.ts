import type { ErrorCode } from '../../lib/core/errors.js';
import type { Document, DocumentToken } from '../e2e/documents.js';
import type { DocumentLink } from '../e2e/linked-documents.js';
import type { Manipulation, Value } from './hostile-texts.js';

/** An owner's file, with the token of its owner and a link to it. */
export interface Rows {
  readonly file: Document;
  readonly token: DocumentToken;
  readonly link: DocumentLink;
}

/** The rows of whom it hits, and those from which something is taken. */
export interface Known {
  readonly mine: Rows;
  /** Another file of the same owner. */
  readonly sibling: Rows;
  /** A file of another owner. */
  readonly theirs: Rows;
  /** Id of the earlier global key. */
  readonly earlierId: string;
}

/** What is written into each column of a table. */
export type Columns = Readonly<Record<string, readonly Manipulation[]>>;

/** What comes from another row. */
export const SIBLING = 'that of another file of the owner';
export const THEIRS = 'that of another owner';

type Case = readonly [what: string, value: Value, ...codes: ErrorCode[]];

/** Manipulations by hand. */
export function cases(all: readonly Case[]): Manipulation[] {
  return all.map(([what, value, ...codes]) => ({ what, value, codes }));
}

/** A value as the title of what is done with it. */
export function said(value: Value): string {
  return typeof value === 'string' ||
    value === null ||
    typeof value === 'number'
    ? JSON.stringify(value)
    : `bytes ${Buffer.from(value).toString('hex')}`;
}
