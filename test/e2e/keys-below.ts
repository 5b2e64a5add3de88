import { KeyChain, unwrapDataKey } from '../../lib/core/keys/key-chain.js';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { canonicalOwnerOf, type Owner } from '../../lib/entities/owner.js';

/** The rows that hold wrapped keys, with their owners. */
export interface WrappingRows {
  readonly tokens: readonly { readonly value: string; readonly owner: Owner }[];
  readonly files: readonly WrappingFile[];
}

interface WrappingFile {
  readonly filename: string;
  readonly key: string;
  readonly owner: Owner;
}

/** A global key, and every key that rows hold under it, as bytes. */
export async function keysBelow(
  globalKey: Uint8Array,
  { tokens, files }: WrappingRows,
): Promise<Uint8Array[]> {
  const chain = new KeyChain(new Keyring([SecretKey.from(globalKey)]));
  const keys: Uint8Array[] = [globalKey];
  for (const { value, owner } of tokens) {
    const canonical = canonicalOwnerOf(owner);
    // A test may have damaged the row.
    const ownerKey = await chain
      .openToken(value, canonical)
      .catch(() => undefined);
    if (!ownerKey) continue;
    keys.push(ownerKey.toBytes());
    for (const file of files) {
      if (canonicalOwnerOf(file.owner) === canonical) {
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
