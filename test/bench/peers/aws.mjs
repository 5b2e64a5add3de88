import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import {
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node';
import { Outputs } from '../subjects/outputs.mjs';

/**
 * The AWS Encryption SDK with a raw AES keyring, by its streams: everything else
 * as it comes, or with larger frames.
 *
 * @param {{ folder: string, frameLength?: number }} options
 */
export async function open({ folder, frameLength }) {
  const outputs = new Outputs(folder);
  const { encryptStream, decryptStream } = buildClient(
    CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  );
  const keyring = new RawAesKeyringNode({
    keyName: 'key',
    keyNamespace: 'bench',
    unencryptedMasterKey: new Uint8Array(randomBytes(32)),
    wrappingSuite:
      RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
  let prepared = '';

  /**
   * @param {string} input
   * @param {string} output
   */
  const encrypt = async (input, output) => {
    await pipeline(
      createReadStream(input),
      encryptStream(keyring, frameLength === undefined ? {} : { frameLength }),
      createWriteStream(output),
    );
    return output;
  };

  return {
    /** @param {string} input */
    prepare: async (input) => {
      prepared = await encrypt(input, outputs.kept());
    },
    /** @param {string} input */
    encrypt: (input) => encrypt(input, outputs.next()),
    decrypt: async () => {
      const output = outputs.next();
      await pipeline(
        createReadStream(prepared),
        decryptStream(keyring),
        createWriteStream(output),
      );
      return output;
    },
    release: () => outputs.release(),
  };
}
