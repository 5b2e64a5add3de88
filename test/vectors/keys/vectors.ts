import { readFileSync } from 'node:fs';

/** What `vectors.json` holds. Keys are 32 bytes in hexadecimal. */
export interface KeyVectors {
  readonly format: string;
  readonly keyIds: readonly { readonly key: string; readonly id: string }[];
  readonly tokens: readonly {
    readonly globalKey: string;
    readonly owner: string;
    readonly value: string;
    readonly ownerKey: string;
  }[];
  readonly dataKeys: readonly {
    readonly ownerKey: string;
    readonly filename: string;
    readonly text: string;
    readonly dataKey: string;
  }[];
  readonly information: readonly {
    readonly dataKey: string;
    readonly filename: string;
    readonly text: string;
    readonly name: string;
    readonly type: string;
    readonly size: number;
  }[];
  readonly passphrases: readonly {
    readonly passphrase: string;
    readonly salt: string;
    readonly key: string;
  }[];
}

/** Reads the frozen vectors. */
export function readKeyVectors(): KeyVectors {
  const file = new URL('vectors.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as KeyVectors;
}
