import { syncBuiltinESMExports } from 'node:module';

/** A call of a module of Node's that something else stands in for. */
export interface ReplacedCall extends Disposable {
  /** How often the replacement was asked. */
  readonly calls: number;
}

/**
 * Puts something in the place of a call to the system, for whoever has imported
 * it by whatever way, until it is disposed of.
 *
 * @param module - the default export of a module of Node's.
 * @param replace - gets the real call, and gives what stands in for it.
 */
export function replaceCall<Module extends object, Name extends keyof Module>(
  module: Module,
  name: Name,
  replace: (real: Module[Name], count: () => void) => Module[Name],
): ReplacedCall {
  const real = module[name];
  let calls = 0;
  const put = (call: Module[Name]) => {
    module[name] = call;
    syncBuiltinESMExports();
  };
  put(replace(real, () => (calls += 1)));
  return {
    get calls() {
      return calls;
    },
    [Symbol.dispose]: () => put(real),
  };
}
