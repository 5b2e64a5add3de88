import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { buildSample, type SampleBuild } from '../sample/build.js';
import {
  type Account,
  type Acting,
  type Canaries,
  type Drive,
  type KnownFile,
  load,
  type Place,
  type Sweeper,
} from './campaign-modules.js';

const SEED = 20_261_126;

/** So few that one orphan among them is not too many. */
const FILES = 12;

const { signIn } = await load('accounts.mjs');
const { Contents } = await load('contents.mjs');
const drives = await load('drive.mjs');
const { Ledger } = await load('ledger.mjs');
const { expecting } = await load('load.mjs');
const { Random } = await load('../fuzz/random.mjs');
const { Report } = await load('report.mjs');
const sweeps = await load('sweeps.mjs');
const { upload } = await load('uploads.mjs');

/** A drive with one account, at rest, and what the campaign knows of it. */
export interface CheckedPlace {
  readonly contents: Canaries;
  readonly place: Place;
  readonly sweeper: Sweeper;
  readonly acting: Acting;
  readonly account: Account;
  /** One of the account's. */
  readonly file: KnownFile;
}

/** Registers the hooks; what they make is there once tests run. */
export function useCheckedPlace(): () => CheckedPlace {
  let build: SampleBuild;
  let drive: Drive;
  let checked: CheckedPlace;
  beforeAll(async () => {
    build = await buildSample();
    const folder = join(build.folder, 'checked');
    await mkdir(folder);
    const globalKey = randomBytes(32).toString('hex');
    const place = drives.placeIn(build.main, folder, { globalKey });
    drive = new drives.Drive(place);
    await drive.opened();
    const sweeper = new sweeps.Sweeper(place, join(folder, 'tmp-of-sweeper'));
    await sweeper.opened();
    const contents = new Contents(SEED);
    const { acknowledged: counts, found } = new Report();
    const ledger = new Ledger(contents);
    const random = new Random(SEED);
    const expect = expecting(drive);
    const acting = { drive, ledger, random, counts, found, expect };
    await signIn(acting);
    const [account] = ledger.accounts;
    if (!account) throw new Error('Nobody has signed in.');
    while (account.files.size < FILES) await upload(acting, account);
    const [file] = account.files;
    if (!file) throw new Error('Nothing was uploaded.');
    checked = { contents, place, sweeper, acting, account, file };
  });
  afterAll(async () => {
    await Promise.all([drive.kill(), checked.sweeper.close()]);
    await build.remove();
  });
  return () => checked;
}
