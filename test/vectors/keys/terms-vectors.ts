import { readFileSync } from 'node:fs';
import type { LinkTerms } from '../../../lib/core/keys/link-terms.js';

/** Sealed terms of a link. The key is 32 bytes in hexadecimal. */
export interface TermsVector extends LinkTerms {
  readonly dataKey: string;
  readonly hash: string;
  readonly text: string;
}

/** Reads the frozen vectors of `link-terms.json`. */
export function readTermsVectors(): readonly TermsVector[] {
  const file = new URL('link-terms.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as TermsVector[];
}
