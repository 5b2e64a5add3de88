import * as fc from 'fast-check';

/** What one of two users of a link, or their connection, does next. */
export type Step =
  /** Asks for bytes; under the last lease that the user was given, if so. */
  | {
      readonly kind: 'ask';
      readonly user: number;
      readonly leased: boolean;
      readonly bytes: Bytes;
    }
  /** Opens the link, and asks for nothing yet. */
  | { readonly kind: 'open'; readonly user: number; readonly leased: boolean }
  /** Asks through what was opened, whatever has happened meanwhile; repeatable. */
  | { readonly kind: 'ask-later'; readonly at: number; readonly bytes: Bytes }
  /** A transfer is over, with so many bytes handed; the last is everything. */
  | { readonly kind: 'end'; readonly at: number; readonly handed: number }
  /** The process of a transfer dies: it is never settled. */
  | { readonly kind: 'crash'; readonly at: number };

/** Everything, or a part; reduced to the size of the file. */
export type Bytes = 'all' | { readonly from: number; readonly length: number };

/** A file, a link to it, and what is asked of it. */
export interface Play {
  readonly size: number;
  readonly maxDownloads: number;
  readonly steps: readonly Step[];
}

/** What is asked of links, in any order. */
export function plays(): fc.Arbitrary<Play> {
  const user = fc.nat(1);
  const leased = fc.boolean();
  const at = fc.nat(9);
  const part = fc.record({ from: fc.nat(4), length: fc.nat(4) });
  const bytes: fc.Arbitrary<Bytes> = fc.oneof(fc.constant('all'), part);
  // Most transfers come to their end; else few leases could be resumed.
  const handed = fc.oneof(fc.nat(5), fc.constant(5));
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      arbitrary: fc.record({ kind: kind('ask'), user, leased, bytes }),
      weight: 3,
    },
    { arbitrary: fc.record({ kind: kind('end'), at, handed }), weight: 3 },
    fc.record({ kind: kind('open'), user, leased }),
    fc.record({ kind: kind('ask-later'), at, bytes }),
    fc.record({ kind: kind('crash'), at }),
  );
  return fc.record({
    size: fc.nat(5),
    maxDownloads: fc.integer({ min: 1, max: 3 }),
    steps: fc.array(step, { minLength: 1, maxLength: 50, size: 'max' }),
  });
}

function kind<Kind extends Step['kind']>(name: Kind): fc.Arbitrary<Kind> {
  return fc.constant(name);
}
