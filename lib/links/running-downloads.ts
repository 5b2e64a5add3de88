import { setTimeout } from 'node:timers/promises';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';

/** How long an application waits at its end, which takes some milliseconds. */
const LOOKS = 200;
const LOOK_MS = 10;

/** The downloads by links of which the end is not written yet. */
@Injectable()
export class RunningDownloads implements OnApplicationShutdown {
  readonly #running = new Set<object>();

  begin(download: object): void {
    this.#running.add(download);
  }

  end(download: object): void {
    this.#running.delete(download);
  }

  /** All connections are closed by then, and Node is about to tell of it. */
  async onApplicationShutdown(): Promise<void> {
    for (let looks = LOOKS; this.#running.size > 0 && looks > 0; looks -= 1) {
      await setTimeout(LOOK_MS);
    }
  }
}

/**
 * Nest ends global modules last, as those of a database are: this one is none, so
 * what downloads give back is written before the database goes.
 */
@Module({ providers: [RunningDownloads], exports: [RunningDownloads] })
export class RunningDownloadsModule {}
