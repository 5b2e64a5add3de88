import { KeyChain, unwrapDataKey } from '../../lib/core/keys/key-chain.js';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { canonicalOwnerOf, type Owner } from '../../lib/entities/owner.js';

/** The rows that hold wrapped keys, and whose they are. */
export interface WrappingRows<Row> {
  readonly tokens: readonly (Row & { readonly value: string })[];
  readonly files: readonly (Row & WrappingFile)[];
  readonly ownerOf: (row: Row) => Owner;
}

interface WrappingFile {
  readonly filename: string;
  readonly key: string;
}

/** A global key, and every key that rows hold under it, as bytes. */
export async function keysBelow<Row>(
  globalKey: Uint8Array,
  { tokens, files, ownerOf }: WrappingRows<Row>,
): Promise<Uint8Array[]> {
  const chain = new KeyChain(new Keyring([SecretKey.from(globalKey)]));
  const keys: Uint8Array[] = [globalKey];
  for (const token of tokens) {
    const canonical = canonicalOwnerOf(ownerOf(token));
    // A test may have damaged the row.
    const ownerKey = await chain
      .openToken(token.value, canonical)
      .catch(() => undefined);
    if (!ownerKey) continue;
    keys.push(ownerKey.toBytes());
    for (const file of files) {
      if (canonicalOwnerOf(ownerOf(file)) === canonical) {
        keys.push(...dataKeyOf(ownerKey, file));
      }
    }
  }
  return keys;
}

function dataKeyOf(ownerKey: SecretKey, row: WrappingFile): Uint8Array[] {
  try {
    return [unwrapDataKey(ownerKey, row.key, row.filename).toBytes()];
  } catch {
    return [];
  }
}
