/** What is measured of a process at one time; see `process-watch.mjs`. */
export interface Sample {
  readonly rss: number;
  readonly peak: number;
  readonly temporary: number;
}

/** The figures of a campaign that the specs look at. */
export interface Report {
  readonly answers: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<string, number>;
}

/** The campaign runs without a compiler, so it is no TypeScript. */
interface Modules {
  'campaign.mjs': {
    run(
      this: void,
      options: {
        main: string;
        folder: string;
        seed: number;
        seconds: number;
        clients: number;
        slow: number;
        idle: number;
        idleSeconds: number;
        isGrowthJudged: boolean;
      },
    ): Promise<Report>;
  };
  'verdict.mjs': {
    faultsInLog(this: void, printed: string): string[];
    judgeBounds(
      this: void,
      samples: readonly Sample[],
      bounds: { memory: number; temporary: number },
    ): string[];
    judgeGrowth(this: void, samples: readonly Sample[]): string | undefined;
    percentile(this: void, numbers: readonly number[], percent: number): number;
  };
}

/** Loads a module of the campaign. */
export async function load<Name extends keyof Modules>(
  name: Name,
): Promise<Modules[Name]> {
  const { href } = new URL(name, import.meta.url);
  return (await import(href)) as Modules[Name];
}
