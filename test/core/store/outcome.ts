import { StoreError } from '../../../lib/core/errors.js';

/** What a promise rejects with; undefined if it does not. */
export async function failureOf(act: Promise<unknown>): Promise<unknown> {
  try {
    await act;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Whether it is an error of the store, without a path in its message. */
export function isOurs(failure: unknown): boolean {
  const leaks = /\/|disk-store-|secret/.test(String(failure));
  return failure instanceof StoreError && !leaks;
}
