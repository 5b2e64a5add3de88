import * as files from 'node:fs/promises';
import { constants } from 'node:os';
import type { FileSystem } from '../../../lib/core/store/file-system.js';

/** An error as the system gives it. */
export function systemError(name: keyof typeof constants.errno): Error {
  const errno = -constants.errno[name];
  const path = '/secret/place';
  const text = `${name}: brought about by a test, link '${path}'`;
  return Object.assign(new Error(text), { code: name, errno, path });
}

/** A call to the system: `link`, or `handle.sync` on an open file. */
export type Call = () => Promise<unknown>;

/**
 * The real file system with something in between.
 *
 * @param around - gets every call, by name and with its arguments, and makes it
 * or does not.
 */
export function fileSystemAround(
  around: (name: string, call: Call, args: unknown[]) => Promise<unknown>,
): FileSystem {
  return wrap(files, '', around);
}

/** A file system that has no hard links and says so in its own way. */
export function withoutLinks(name: keyof typeof constants.errno): FileSystem {
  return { ...files, link: () => Promise.reject(systemError(name)) };
}

/** Fails one call of those that are made while it is armed. */
export class OneFault {
  readonly fs: FileSystem;
  /** Names of the calls made while armed. */
  readonly calls: string[] = [];
  readonly #at: number;
  armed = false;

  /**
   * @param at - the call that fails, from 0.
   * @param done - whether it does its work before it fails.
   * @param base - what the calls go to.
   */
  constructor(at: number, { done, base }: FaultOptions) {
    this.#at = at;
    this.fs = wrap(base, '', async (name, call) => {
      const fails = this.armed && this.calls.push(name) - 1 === at;
      if (!fails) return call();
      // A file that was opened is always given, and one that is closed is gone
      // even if that failed.
      if (name === 'handle.close' || (done && !name.startsWith('open')))
        await call();
      throw systemError('EIO');
    });
  }

  /** Whether the call was reached. */
  get reached(): boolean {
    return this.calls.length > this.#at;
  }
}

interface FaultOptions {
  readonly done: boolean;
  readonly base: FileSystem;
}

type Around = Parameters<typeof fileSystemAround>[0];

/** An object whose methods, and those of the files it opens, are in between. */
function wrap<T extends object>(target: T, prefix: string, around: Around): T {
  const get: ProxyHandler<T>['get'] = (_, property): unknown => {
    const value: unknown = Reflect.get(target, property, target);
    if (typeof value !== 'function') return value;
    return async (...args: unknown[]) => {
      const call = async (): Promise<unknown> =>
        Reflect.apply(value, target, args);
      const result = await around(prefix + String(property), call, args);
      return property === 'open' && result instanceof Object
        ? wrap(result, 'handle.', around)
        : result;
    };
  };
  return new Proxy(target, { get });
}
