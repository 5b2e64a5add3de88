/**
 * The process of one subject: opens the module that it is given and answers
 * calls, each with what it took here.
 */
const { open } = await import(process.argv[2]);

/** @type {Record<string, (...args: any[]) => unknown>} */
const methods = {
  usage: cpuSeconds,
  open: async (options) => {
    Object.assign(methods, await open(options));
  },
};

/**
 * @param {{ id: number, method: string, args: unknown[] }} call
 */
async function answer({ id, method, args }) {
  try {
    const cpu = cpuSeconds();
    const wall = performance.now();
    const value = await methods[method](...args);
    process.send?.({
      id,
      value,
      wall: (performance.now() - wall) / 1000,
      cpu: cpuSeconds() - cpu,
    });
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error);
    process.send?.({ id, error: text });
  }
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

process.on('message', (call) => void answer(/** @type {any} */ (call)));
// Nobody is there to be answered any more.
process.on('disconnect', () => process.exit());
