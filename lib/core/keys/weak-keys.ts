/** Texts that manuals and tutorials use as a key, in lower case. */
const PUBLISHED_TEXTS: ReadonlySet<string> = new Set([
  // Flask-Encryptor's default FILE_ENCRYPTOR_GLOBAL_KEY.
  'aaa8kxqx4eoxwu41htaa',
  'changeme',
  'change-me',
  'change_me',
  'changeit',
  'secret',
  'secretkey',
  'secret-key',
  'your-secret-key',
  'your_secret_key',
  'password',
  'default',
  'example',
  'test',
]);

/** Keys of 32 bytes that standards and manuals print, in hexadecimal. */
const PUBLISHED_KEYS: ReadonlySet<string> = new Set([
  // NIST SP 800-38A, F.1.5, and CAVP examples after it.
  '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
  // McGrew and Viega, The Galois/Counter Mode of Operation, test case 15.
  'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  // RFC 8439, 2.5.2.
  '85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b',
  // The Fernet specification's acceptance tests; many tutorials took it over.
  '730ff4c7af3d46923e8ed451ee813c87f790b0a226bc96a92de49b5e9c05e1ee',
]);

const MIN_DISTINCT = 17;
const MAX_PERIOD = 16;

/** Whether a text is known from manuals. */
export function isPublishedText(text: string): boolean {
  return PUBLISHED_TEXTS.has(text.toLowerCase());
}

/** Whether 32 bytes are a key that everybody can look up. */
export function isPublishedKey(bytes: Buffer): boolean {
  return PUBLISHED_KEYS.has(bytes.toString('hex'));
}

/**
 * Why bytes do not look random. A random key of 32 bytes is refused with a
 * probability below 2^-40.
 *
 * @returns the end of a sentence that begins with the key, or undefined.
 */
export function weakness(bytes: Buffer): string | undefined {
  if (hasShortPeriod(bytes)) return 'repeats itself';
  if (hasConstantStep(bytes)) return 'counts up or down in equal steps';
  if (new Set(bytes).size < MIN_DISTINCT) {
    return `has fewer than ${MIN_DISTINCT} distinct bytes`;
  }
  if (bytes.every((byte) => byte >= 0x20 && byte <= 0x7e)) {
    return 'is readable text; for a passphrase use { passphrase, salt }';
  }
  return undefined;
}

function hasConstantStep(bytes: Buffer): boolean {
  const step = (at: number) =>
    ((bytes[at + 1] ?? 0) - (bytes[at] ?? 0) + 256) % 256;
  const first = step(0);
  return bytes.subarray(1).every((_, at) => step(at) === first);
}

function hasShortPeriod(bytes: Buffer): boolean {
  for (let period = 1; period <= MAX_PERIOD; period += 1) {
    if (bytes.subarray(period).equals(bytes.subarray(0, -period))) return true;
  }
  return false;
}
