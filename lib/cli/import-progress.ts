import { SingleBar } from 'cli-progress';

/** Shows on the error output how far an import is. */
export interface ImportProgress {
  /** One row more was looked at. */
  increment(): void;
  stop(): void;
}

const PAUSE_MS = 30_000;

/**
 * Starts a bar on a terminal, and a line from time to time elsewhere, such as in
 * the mail of a cron job.
 *
 * @param total - rows of the old application.
 * @param counts - what became of the files so far, in words.
 */
export function startProgress(
  total: number,
  counts: () => string,
): ImportProgress {
  return process.stderr.isTTY ? startBar(total) : startLines(total, counts);
}

function startBar(total: number): ImportProgress {
  const bar = new SingleBar({
    format: '{bar} {value}/{total}, {eta_formatted} to go',
    stream: process.stderr,
  });
  bar.start(total, 0);
  return { increment: () => bar.increment(), stop: () => bar.stop() };
}

function startLines(total: number, counts: () => string): ImportProgress {
  const timer = setInterval(() => {
    process.stderr.write(`${counts()}; ${total} rows\n`);
  }, PAUSE_MS);
  timer.unref();
  return { increment: () => undefined, stop: () => clearInterval(timer) };
}
