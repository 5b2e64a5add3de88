import { describe, expect, it } from 'vitest';
import { codeOf, notOpened, reasonOf } from '../../lib/cli/command-failure.js';

describe('what a command says of an error', () => {
  const refused = new AggregateError([
    Object.assign(new Error('connect to some host'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('connect to another'), { code: 'EHOSTUNREACH' }),
  ]);

  it('is the code of the first address, where all were refused', () => {
    expect(reasonOf(refused)).toBe('ECONNREFUSED');
    expect(codeOf(refused)).toBe('ECONNREFUSED');
    expect(notOpened('It could not be opened', refused).message).toBe(
      'It could not be opened: ECONNREFUSED',
    );
  });

  it.each([
    ['the message', new Error('Too\nfar'), 'Too far'],
    ['a code without a message', { code: 'ELOST' }, 'ELOST'],
    ['what was thrown', 'words', 'words'],
    ['nothing at all', undefined, 'undefined'],
    ['several without one', new AggregateError([], 'None'), 'None'],
  ])('is %s', (_, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});
