/** The properties of the abstract entities; none can be an owner or be set by hand. */
export const BASE_COLUMNS: ReadonlySet<string> = new Set([
  'id',
  'filename',
  'realname',
  'path',
  'key',
  'size',
  'createdAt',
  'value',
]);
