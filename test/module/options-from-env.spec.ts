import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  FileEncryptorModule,
  optionsFromEnv,
  SecretKey,
} from 'nestjs-file-encryptor';
import { useModuleStart } from './module-start.js';

const newKey = () => SecretKey.random().toBytes().toString('base64url');

describe('optionsFromEnv', () => {
  const place = useModuleStart();

  it('reads the five variables', () => {
    const key = newKey();
    expect(
      optionsFromEnv({
        FILE_ENCRYPTOR_GLOBAL_KEY: key,
        FILE_ENCRYPTOR_DATA_DIR: '/srv/data',
        FILE_ENCRYPTOR_TMP_DIR: '/srv/tmp',
        FILE_ENCRYPTOR_TMP_MAX_BYTES: '1048576',
        FILE_ENCRYPTOR_CHUNK_SIZE: '4096',
        SOMETHING_ELSE: 'x',
      }),
    ).toEqual({
      globalKey: [key],
      dataDir: '/srv/data',
      tmpDir: '/srv/tmp',
      tmpMaxBytes: 1_048_576,
      chunkSize: 4096,
    });
  });

  it('leaves out what is empty or not set', () => {
    const key = newKey();
    expect(
      optionsFromEnv({
        FILE_ENCRYPTOR_GLOBAL_KEY: ` ${key}\n`,
        FILE_ENCRYPTOR_DATA_DIR: '',
        FILE_ENCRYPTOR_TMP_DIR: '  ',
      }),
    ).toEqual({ globalKey: [key] });
  });

  it("reads the process's own environment", () => {
    process.env['FILE_ENCRYPTOR_CHUNK_SIZE'] = '8192';
    try {
      expect(optionsFromEnv().chunkSize).toBe(8192);
    } finally {
      delete process.env['FILE_ENCRYPTOR_CHUNK_SIZE'];
    }
    expect(optionsFromEnv()).not.toHaveProperty('chunkSize');
  });

  it('takes several keys, with which the module starts', async () => {
    const options = optionsFromEnv({
      FILE_ENCRYPTOR_GLOBAL_KEY: `${newKey()}, ${newKey()},${newKey()}`,
    });
    expect(options.globalKey).toHaveLength(3);
    await expect(start(options)).resolves.toBeDefined();
  });

  it.each([
    ['no key', undefined, /is missing/],
    ['an empty key', '', /is missing/],
    ['a comma at the end', `${newKey()},`, /is missing/],
    ['a semicolon between keys', `${newKey()};${newKey()}`, /is neither/],
  ])('with %s is refused by the module', async (_, key, line) => {
    const options = optionsFromEnv({ FILE_ENCRYPTOR_GLOBAL_KEY: key });
    const failed = start(options);
    await expect(failed).rejects.toThrow(ConfigurationError);
    await expect(failed).rejects.toThrow(line);
  });

  describe.each(['FILE_ENCRYPTOR_CHUNK_SIZE', 'FILE_ENCRYPTOR_TMP_MAX_BYTES'])(
    'in %s',
    (name) => {
      it.each(['64k', '65536.0', '0x10000', '-1', '1e5', 'canary'])(
        'refuses %s, and does not repeat it',
        (value) => {
          const read = () => optionsFromEnv({ [name]: value });
          expect(read).toThrow(ConfigurationError);
          expect(read).toThrow(new RegExp(`^${name} must be a number`));
          expect(read).not.toThrow(value);
        },
      );
    },
  );

  function start(options: ReturnType<typeof optionsFromEnv>) {
    return place.start({
      imports: [
        FileEncryptorModule.forRoot({ ...options, ...place.folders() }),
      ],
    });
  }
});
