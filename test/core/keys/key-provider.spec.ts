import { Keyring } from '../../../lib/core/keys/keyring.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { keyProviderContract } from '../../contract/key-provider.contract.js';
import { KeyService } from './key-service.js';

keyProviderContract('a keyring', async () => {
  const first = SecretKey.random();
  return {
    provider: new Keyring([first]),
    rotate: async () => new Keyring([SecretKey.random(), first]),
  };
});

keyProviderContract('a key management service', async () => {
  const service = new KeyService();
  return {
    provider: service,
    rotate: async () => {
      service.rotate();
      return service;
    },
  };
});
