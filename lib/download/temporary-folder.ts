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

/** Where temporary files lie. */
export interface TemporaryFolderOptions {
  /** The option `tmpDir`: made if it is missing. Default: `os.tmpdir()`. */
  readonly base?: string | undefined;
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
  #folder: Promise<ProcessFolder>;
  /** Files that are being created; none of them fails. */
  readonly #creating = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(
    base: string,
    folder: ProcessFolder,
    report: (error: unknown) => void,
  ) {
    this.#base = base;
    this.#folder = Promise.resolve(folder);
    this.#report = report;
  }

  /**
   * Removes what dead processes of this host have left, and makes a folder.
   *
   * @throws {@link ConfigurationError} if the base cannot be used.
   * @throws {@link StoreError} if the system refuses for another reason.
   */
  static async open({
    base: configured,
    report = () => undefined,
  }: TemporaryFolderOptions = {}): Promise<TemporaryFolder> {
    try {
      const base = await prepareBase(configured);
      await removeDeadFolders(base, (cause) =>
        report(temporaryFailure('remove', cause)),
      );
      const folder = await makeProcessFolder(base);
      return new TemporaryFolder(base, folder, report);
    } catch (cause) {
      throw baseFailure(cause);
    }
  }

  /**
   * Creates a file that has no name, where the system allows: it is gone when
   * its descriptor is closed, also by SIGKILL.
   *
   * @returns an empty file, the caller's to close.
   * @throws {@link StoreError} after `close`, or if the system refuses.
   */
  createAnonymous(): Promise<TemporaryFile> {
    return this.#create();
  }

  /**
   * Creates a file that other programs can open by its path.
   *
   * @param realName - a short extension of it is kept, nothing else.
   * @returns an empty file, the caller's to close.
   * @throws {@link StoreError} after `close`, or if the system refuses.
   */
  createNamed(realName: string): Promise<TemporaryFile> {
    return this.#create(realName);
  }

  /**
   * Removes the folder, and with it the names of files that are still open;
   * their descriptors and streams go on until they are closed. May be called
   * again, and never fails: what cannot be removed, a later start removes.
   */
  close(): Promise<void> {
    this.#closing ??= this.#remove();
    return this.#closing;
  }

  async #create(realName?: string): Promise<TemporaryFile> {
    if (this.#closing) throw closed();
    const named = realName !== undefined;
    const creating = this.#place().then((folder) =>
      TemporaryFile.create(join(folder, makeTemporaryName(realName)), {
        named,
        report: this.#report,
      }),
    );
    const settled = creating.catch(() => undefined);
    this.#creating.add(settled);
    try {
      return await creating;
    } catch (cause) {
      throw temporaryFailure('create', cause);
    } finally {
      this.#creating.delete(settled);
    }
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

function closed(): StoreError {
  return new StoreError(
    'The folder for temporary files is closed: the application is shutting down.',
  );
}
