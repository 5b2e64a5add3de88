/**
 * The groups of tests that a machine may lack the means for, each with what it
 * needs. A group is a tag:
 *
 * ```ts
 * describe.skipIf(!present)('…', { tags: ['tmpfs'] }, () => { … });
 * ```
 *
 * In CI a skipped test without one of these tags fails the run.
 */
export const OPTIONAL_GROUPS = [
  {
    name: 'postgres',
    description:
      'a PostgreSQL server at TEST_POSTGRES_URL, or at 127.0.0.1:5432 for user postgres without a password',
  },
  {
    name: 'mariadb',
    description:
      'a MariaDB or MySQL server at TEST_MARIADB_URL, or at 127.0.0.1:3306 for user root without a password',
  },
  {
    name: 'floe-vectors',
    description: 'the published FLOE and Wycheproof test vectors',
  },
  {
    name: 'tmpfs',
    description:
      'a small file system that can be filled, and the right to mount it',
  },
  {
    name: 'prlimit',
    description: 'the command prlimit, as util-linux has it',
  },
  {
    name: 'large',
    description: 'the variable TEST_LARGE=1, since it takes half a minute',
  },
  {
    name: 'curl',
    description: 'the program curl on the PATH',
  },
  {
    name: 'chromium',
    description:
      'Chromium: the program that CHROMIUM names, or a `chromium` in PATH',
  },
  {
    name: 'zip-readers',
    description: 'the commands unzip and python3',
  },
  {
    name: 'pycryptodome',
    description:
      "the command python3 with PyCryptodome, as Debian's python3-pycryptodome has it",
  },
] as const;

/** The name of one optional group. */
export type OptionalGroup = (typeof OPTIONAL_GROUPS)[number]['name'];

declare module 'vitest' {
  interface TestTags {
    readonly group: OptionalGroup;
  }
}
