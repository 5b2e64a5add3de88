/** Where a drive keeps what it has. */
export interface Place {
  readonly database: string;
  readonly data: string;
  readonly tmp: string;
}

/** A file as the campaign knows it. */
export interface KnownFile {
  readonly name: string;
  readonly filename: string;
  state: 'sending' | 'kept' | 'deleting' | 'gone';
}

/** An account as the campaign knows it. */
export interface Account {
  readonly id: string;
  readonly files: ReadonlySet<KnownFile>;
  state: 'active' | 'erasing' | 'erased';
}

/** The figures of a campaign that the specs look at. */
export interface Report {
  readonly kills: number;
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly found: Readonly<Record<string, number>>;
  readonly sweeps: Readonly<Record<string, number>>;
}

/** What an action of the campaign has at hand; see `load.mjs`. */
export interface Acting {
  readonly drive: Drive;
  readonly ledger: { readonly accounts: readonly Account[] };
  readonly random: object;
  readonly counts: object;
  readonly found: object;
  readonly expect: unknown;
}

/** A process of the sample. */
export interface Drive {
  readonly printed: string;
  opened(): Promise<void>;
  kill(): Promise<void>;
}

/** A process that sweeps. */
export interface Sweeper {
  opened(): Promise<void>;
  close(): Promise<void>;
}

/** What the files of a campaign hold. */
export interface Canaries {
  readonly canary: string;
  readonly nameCanary: string;
}

/** The campaign runs without a compiler, so it is no TypeScript. */
interface Modules {
  '../fuzz/random.mjs': { Random: new (seed: number) => object };
  'accounts.mjs': { signIn(this: void, acting: Acting): Promise<void> };
  'campaign.mjs': {
    run(
      this: void,
      options: {
        main: string;
        folder: string;
        server?: string;
        seed: number;
        kills: number;
        agedEvery?: number;
      },
    ): Promise<Report>;
  };
  'contents.mjs': { Contents: new (seed: number) => Canaries };
  'drive.mjs': {
    Drive: new (place: Place) => Drive;
    placeIn(
      this: void,
      main: string,
      folder: string,
      options: { globalKey: string; server?: string },
    ): Place;
  };
  'ledger.mjs': { Ledger: new (contents: Canaries) => Acting['ledger'] };
  'load.mjs': { expecting(this: void, drive: Drive): unknown };
  'promises.mjs': {
    checkPromises(this: void, acting: Acting, place: Place): Promise<void>;
  };
  'report.mjs': { Report: new () => Report };
  'storage.mjs': {
    checkTemporary(this: void, tmp: string): Promise<void>;
    PlaintextSearch: new (contents: Canaries) => {
      check(place: Place, printed: string): Promise<void>;
    };
  };
  'sweeps.mjs': {
    checkAged(
      this: void,
      sweeper: Sweeper,
      place: Place,
      isAged: (key: string) => boolean,
    ): Promise<{ orphans: number; parts: number; refused: boolean }>;
    checkOneToOne(this: void, place: Place): Promise<void>;
    checkYoung(this: void, sweeper: Sweeper, place: Place): Promise<void>;
    Sweeper: new (place: Place, tmp: string) => Sweeper;
  };
  'uploads.mjs': {
    upload(this: void, acting: Acting, account: Account): Promise<void>;
  };
}

/** Loads a module of the campaign. */
export async function load<Name extends keyof Modules>(
  name: Name,
): Promise<Modules[Name]> {
  const { href } = new URL(name, import.meta.url);
  return (await import(href)) as Modules[Name];
}
