import { join } from 'node:path';
import { StoreError } from '../core/errors.js';
import {
  isInPlace,
  makeProcessFolder,
  type ProcessFolder,
  removeDeadFolders,
  removeProcessFolder,
} from './process-folder.js';
import { prepareBase } from './temporary-base.js';
import { baseFailure, temporaryFailure } from './temporary-failure.js';
import { TemporaryFile } from './temporary-file.js';
import { makeTemporaryName } from './temporary-name.js';
import {
  DEFAULT_TMP_MAX_BYTES,
  type ReservedSpace,
  TemporarySpace,
} from './temporary-space.js';

/** Where temporary files lie, and how much they hold. */
export interface TemporaryFolderOptions {
  /** The option `tmpDir`: made if it is missing. Default: `os.tmpdir()`. */
  readonly base?: string | undefined;
  /** The option `tmpMaxBytes`: what all of them hold at once. Default: 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds for which a named file waits for room. Default: 30 s. */
  readonly patience?: number | undefined;
  /** Told what could not be removed, for the log. Default: nobody is. */
  readonly report?: ((error: unknown) => void) | undefined;
}

/**
 * The folder of this process for temporary files: mode 0700, made at `open`,
 * removed at `close`. If somebody removes or replaces it meanwhile, as cleaners
 * of temporary folders do, the next file gets a new one.
 */
export class TemporaryFolder {
  readonly #base: string;
  readonly #report: (error: unknown) => void;
  readonly #space: TemporarySpace;
  #folder: Promise<ProcessFolder>;
  /** Files that are being created; none of them fails. */
  readonly #creating = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(
    base: string,
    folder: ProcessFolder,
    {
      report,
      space,
    }: {
      readonly report: (error: unknown) => void;
      readonly space: TemporarySpace;
    },
  ) {
    this.#base = base;
    this.#folder = Promise.resolve(folder);
    this.#report = report;
    this.#space = space;
  }

  /**
   * Removes what dead processes of this host have left, and makes a folder.
   *
   * @throws {@link ConfigurationError} if the base cannot be used.
   * @throws {@link StoreError} if the system refuses for another reason.
   */
  static async open({
    base: configured,
    maxBytes: limit = DEFAULT_TMP_MAX_BYTES,
    patience,
    report = () => undefined,
  }: TemporaryFolderOptions = {}): Promise<TemporaryFolder> {
    try {
      const base = await prepareBase(configured);
      await removeDead(base, report);
      const folder = await makeProcessFolder(base);
      const space = new TemporarySpace({ limit, patience });
      return new TemporaryFolder(base, folder, { report, space });
    } catch (cause) {
      throw baseFailure(cause);
    }
  }

  /**
   * Creates a file that has no name, where the system allows: it is gone when
   * its descriptor is closed, also by SIGKILL.
   *
   * @param bytes - what will be written to it, at most.
   * @returns an empty file, the caller's to close; undefined if there is no room
   * for it now.
   * @throws {@link StoreError} after `close`, or if the system refuses.
   */
  async createAnonymous(bytes: number): Promise<TemporaryFile | undefined> {
    this.#requireOpen();
    const space = this.#space.reserveNow(bytes);
    return space && (await this.#create(space));
  }

  /**
   * Creates a file that other programs can open by its path. Where there is no
   * room for it, it waits for its turn.
   *
   * @param realName - a short extension of it is kept, nothing else.
   * @param bytes - what will be written to it, at most.
   * @param options - `signal` ends the waiting, with its reason.
   * @returns an empty file, the caller's to close.
   * @throws {@link StoreError} after `close`, or if the system refuses; with code
   * `TEMPORARY_SPACE` if there was no room in time, or too many wait for it, and
   * `TEMPORARY_LIMIT` if there never will be.
   */
  async createNamed(
    realName: string,
    bytes: number,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<TemporaryFile> {
    this.#requireOpen();
    const space = await this.#space.reserve(bytes, signal);
    return this.#create(space, realName);
  }

  /**
   * Removes what processes of this host have left that have died since `open`.
   * Never fails: what cannot be removed is reported.
   */
  removeDead(): Promise<void> {
    return removeDead(this.#base, this.#report);
  }

  /**
   * Removes the folder, and with it the names of files that are still open;
   * their descriptors and streams go on until they are closed. Who waits for room
   * is refused. May be called again, and never fails: what cannot be removed, a
   * later start removes.
   */
  close(): Promise<void> {
    this.#closing ??= this.#remove();
    return this.#closing;
  }

  async #create(
    space: ReservedSpace,
    realName?: string,
  ): Promise<TemporaryFile> {
    const creating = this.#createIn(space, realName);
    const settled = creating.catch(() => undefined);
    this.#creating.add(settled);
    try {
      return await creating;
    } finally {
      this.#creating.delete(settled);
    }
  }

  async #createIn(
    space: ReservedSpace,
    realName: string | undefined,
  ): Promise<TemporaryFile> {
    try {
      // Somebody may have closed it since there was room.
      this.#requireOpen();
      const path = join(await this.#place(), makeTemporaryName(realName));
      const named = realName !== undefined;
      const options = { named, report: this.#report, space };
      return await TemporaryFile.create(path, options);
    } catch (cause) {
      space.release();
      throw temporaryFailure('create', cause);
    }
  }

  #requireOpen(): void {
    if (this.#closing) throw closed();
  }

  /** The path of the folder, made anew if it is not in place. */
  async #place(): Promise<string> {
    const known = this.#folder;
    const folder = await known.catch(() => undefined);
    if (folder && (await isInPlace(folder))) return folder.path;
    // Of several calls that find it missing, the first makes it.
    if (this.#folder === known) this.#folder = makeProcessFolder(this.#base);
    return (await this.#folder).path;
  }

  async #remove(): Promise<void> {
    this.#space.refuseWaiting(closed());
    await Promise.all(this.#creating);
    try {
      const folder = await this.#folder.catch(() => undefined);
      // What somebody else has put in its place is not ours to remove.
      if (folder && (await isInPlace(folder))) {
        await removeProcessFolder(folder.path);
      }
    } catch (cause) {
      this.#report(temporaryFailure('remove', cause));
    }
  }
}

function removeDead(
  base: string,
  report: (error: unknown) => void,
): Promise<void> {
  return removeDeadFolders(base, (cause) =>
    report(temporaryFailure('remove', cause)),
  );
}

function closed(): StoreError {
  return new StoreError(
    'The folder for temporary files is closed: the application is shutting down.',
  );
}
