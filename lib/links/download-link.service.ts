import { Logger } from '@nestjs/common';
import { ConfigurationError } from '../core/errors.js';
import { sealTerms } from '../core/keys/link-terms.js';
import type { EncryptedFile } from '../download/encrypted-file.js';
import type { BaseLinkEntity } from '../entities/base-link.entity.js';
import { noSuchFile } from '../entities/file-rows.js';
import { inTurns } from '../entities/in-turns.js';
import type { LinkRows } from '../entities/link-rows.js';
import type { Owner } from '../entities/owner.js';
import { leaseAmong } from './lease-cookie.js';
import {
  type CreatedLink,
  describeLink,
  describeLinkedFile,
  type DownloadLink,
  type LinkedFileDescription,
} from './link-descriptions.js';
import { LinkDoor, type LinkPlace, type RedeemOptions } from './link-door.js';
import { invalidLink } from './link-failure.js';
import {
  budgetOf,
  checkLinkOptions,
  type DownloadLinkOptions,
} from './link-options.js';
import { hashPassword } from './link-password.js';
import { hashSecret, newSecret } from './link-secret.js';
import {
  LinkedFiles,
  type LinkingRows,
  requireLeadsTo,
  termsOf,
} from './linked-files.js';
import { RunningDownloads } from './running-downloads.js';

/** What a request asks of a link, as the guard has read it. */
export interface LinkRequest extends Pick<
  RedeemOptions,
  'password' | 'secure'
> {
  /** Whether it only looks: no POST. */
  readonly isVisit: boolean;
  /** Whether it is a GET that asks for a range. */
  readonly hasRange: boolean;
  /** The header `Cookie`. */
  readonly cookies: string | undefined;
}

/**
 * Makes, shows, opens and revokes download links: who has the secret of a link
 * downloads one file, so often and so long, and is asked for no owner.
 *
 * It needs `entities.link`; the type parameter is the application's class.
 */
export class DownloadLinkService<Link extends BaseLinkEntity = BaseLinkEntity> {
  readonly #place: LinkPlace;
  readonly #rows: LinkingRows<Link> | undefined;
  readonly #now: () => number;
  readonly #running: RunningDownloads;

  /**
   * @internal The module makes it.
   */
  constructor(
    place: LinkPlace,
    rows?: LinkingRows<Link>,
    {
      now = Date.now,
      running = new RunningDownloads(),
    }: {
      readonly now?: () => number;
      readonly running?: RunningDownloads;
    } = {},
  ) {
    this.#place = place;
    this.#rows = rows;
    this.#now = now;
    this.#running = running;
  }

  /**
   * Makes a link to a file of the owner's.
   *
   * @returns the link with its secret, which is kept nowhere.
   * @throws LinkError `LINK_OPTIONS`, which names the field.
   * @throws FileNotFoundError if the owner has no such file.
   */
  async create(
    filename: string,
    owner: Owner,
    options: DownloadLinkOptions,
  ): Promise<CreatedLink> {
    const { rows, links, files } = this.#parts();
    const now = this.#now();
    const { password, ...limits } = checkLinkOptions(options, now);
    const resolved = rows.owner(owner);
    const { dataKey, information } = await files.ofOwner(filename, resolved);
    const budget = budgetOf(limits.maxDownloads, information.size);
    const secret = newSecret();
    const hash = hashSecret(secret);
    const terms = {
      ...limits,
      password: password === undefined ? null : await hashPassword(password),
    };
    const row = await links.insert({
      ...NEW_LINK,
      ...limits,
      hash,
      filename,
      owner: resolved.canonical,
      terms: sealTerms(dataKey, terms, hash),
      remaining: limits.maxDownloads,
      budget,
      createdAt: now,
    });
    await this.#requireFile(row);
    return { ...describeLink({ row, terms, information }, now), secret };
  }

  /**
   * What a page may show before anything is downloaded. Writes nothing.
   *
   * @throws LinkError `LINK_INVALID`, `LINK_EXPIRED` or `LINK_SPENT`.
   */
  async find(secret: string): Promise<LinkedFileDescription> {
    const { door } = this.#parts();
    const link = await door.open(secret);
    door.requireAlive(link);
    return describeLinkedFile(link);
  }

  /**
   * The file of a link. It leaves through the `DownloadInterceptor` only, and
   * nothing is counted until then.
   *
   * @throws LinkError of any code but `LINK_OPTIONS`.
   */
  async redeem(
    secret: string,
    options: RedeemOptions = {},
  ): Promise<EncryptedFile> {
    const { door } = this.#parts();
    return door.redeem(await door.open(secret), options);
  }

  /**
   * What the guard lets through: the file, or undefined at a visit.
   *
   * @internal
   */
  async answer(
    secret: unknown,
    request: LinkRequest,
  ): Promise<EncryptedFile | undefined> {
    const { door } = this.#parts();
    const link = await door.open(secret);
    // Begins anew, whatever became of an earlier transfer of this browser's.
    if (!request.isVisit) return door.redeem(link, request);
    const lease = leaseAmong(request.cookies, link.row.id);
    if (request.hasRange && lease !== undefined) {
      return door.resume(link, { ...request, lease });
    }
    door.requireAlive(link);
    return undefined;
  }

  /**
   * Deletes a link. What is on its way goes on.
   *
   * @throws LinkError `LINK_INVALID` if it is none of the owner's.
   */
  async revoke(id: number, owner: Owner): Promise<void> {
    const { rows, links } = this.#parts();
    const { canonical } = rows.owner(owner);
    const row = isId(id) ? await links.find(id) : null;
    // Compared here: some databases compare texts without regard to case.
    if (row?.owner !== canonical || !(await links.delete(id))) {
      throw invalidLink();
    }
  }

  /**
   * A file's links, newest first.
   *
   * @throws FileNotFoundError if the owner has no such file.
   */
  async list(filename: string, owner: Owner): Promise<DownloadLink[]> {
    const { rows, links, files } = this.#parts();
    const resolved = rows.owner(owner);
    const file = await files.ofOwner(filename, resolved);
    const now = this.#now();
    const described: DownloadLink[] = [];
    for await (const row of inTurns(await links.list(filename))) {
      try {
        requireLeadsTo(row, filename, resolved);
        const terms = termsOf(row, file.dataKey);
        described.push(describeLink({ ...file, row, terms }, now));
      } catch (error) {
        logger.error(`A list of links is incomplete. ${String(error)}`);
      }
    }
    return described;
  }

  /** Who removed the file meanwhile may have missed the new link. */
  async #requireFile(row: BaseLinkEntity): Promise<void> {
    const { links, files } = this.#parts();
    if (await files.has(row)) return;
    await links.delete(row.id);
    throw noSuchFile();
  }

  #parts() {
    const rows = this.#rows;
    const links: LinkRows<BaseLinkEntity> | undefined = rows?.links;
    if (!rows || !links) {
      throw new ConfigurationError(
        'Download links need the option entities.link: extend BaseLinkEntity, and give the module your classes, { file, token, link }.',
      );
    }
    const place = this.#place;
    const files = new LinkedFiles(rows, place.keys);
    const running = this.#running;
    const door = new LinkDoor({
      place,
      links,
      files,
      now: this.#now,
      running,
    });
    return { rows, links, files, door };
  }
}

const logger = new Logger('FileEncryptor');

/** Nobody has used it yet. */
const NEW_LINK = {
  leaseHash: null,
  leaseState: null,
  leaseUntil: null,
  attempts: 0,
  attemptsUntil: 0,
  lastUsedAt: null,
} as const;

/** What an integer column holds; more would be an error of the database. */
const MAX_ID = 2 ** 31 - 1;

function isId(id: unknown): boolean {
  return Number.isSafeInteger(id) && Number(id) > 0 && Number(id) <= MAX_ID;
}
