// Wrote vectors.json, once. What stands in it is read for ever, so this refuses
// to overwrite it; a new version of the format gets a file of its own.
//
//   npm run build && node test/vectors/keys/write-vectors.mjs [folder of dist]
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const dist = process.argv[2]
  ? pathToFileURL(`${process.argv[2]}/`)
  : new URL('../../../dist/', import.meta.url);
const load = (module) => import(new URL(`core/${module}.js`, dist));

const { SecretKey } = await load('secret-key');
const { KeyChain, wrapDataKey } = await load('keys/key-chain');
const { Keyring } = await load('keys/keyring');
const { keyId } = await load('keys/key-id');
const { deriveGlobalKey } = await load('keys/passphrase');
const { sealInformation } = await load('keys/file-information');

const hex = (key) => key.toBytes().toString('hex');
/** 32 bytes that count up from `first`: no such key is accepted as a global one. */
const counting = (first) =>
  SecretKey.from(Uint8Array.from({ length: 32 }, (_, index) => first + index));

const globalKey = counting(0x00);
const ownerKey = counting(0x40);
const dataKey = counting(0x80);
const filename = '0123456789abcdef0123456789abcdef';

async function token(owner) {
  const chain = new KeyChain(new Keyring([globalKey]));
  const created = await chain.createToken(owner);
  return {
    globalKey: hex(globalKey),
    owner,
    value: created.value,
    ownerKey: hex(created.ownerKey),
  };
}

function information(sealed) {
  const text = sealInformation(dataKey, sealed, filename);
  return { dataKey: hex(dataKey), filename, text, ...sealed };
}

async function derived(passphrase) {
  const salt = '00112233445566778899aabbccddeeff';
  return { passphrase, salt, key: hex(await deriveGlobalKey({ passphrase, salt })) };
}

const vectors = {
  format: 'file-encryptor/1',
  keyIds: [globalKey, ownerKey, dataKey].map((key) => ({
    key: hex(key),
    id: keyId(key),
  })),
  tokens: [
    await token('user=1'),
    await token('tenant=acme&user=0b7c2f6e-3f0c-4a67-9a53-5f7f1c0f2d11'),
    await token('user=Zo%C3%AB'),
  ],
  dataKeys: [
    {
      ownerKey: hex(ownerKey),
      filename,
      text: wrapDataKey(ownerKey, dataKey, filename),
      dataKey: hex(dataKey),
    },
  ],
  information: [
    information({ name: 'report.pdf', type: 'application/pdf', size: 1234567 }),
    information({ name: '', type: '', size: 0 }),
    information({
      name: `${'報告 é😀'.repeat(60)}.txt`,
      type: 'text/plain',
      size: Number.MAX_SAFE_INTEGER,
    }),
  ],
  passphrases: [
    await derived('correct horse battery staple'),
    await derived('Zoe\u0308 liest im Garten am See'),
  ],
};

await writeFile(
  new URL('vectors.json', import.meta.url),
  `${JSON.stringify(vectors, undefined, 2)}\n`,
  { flag: 'wx' },
);
