import type { KeyChain } from '../core/keys/key-chain.js';
import type { EncryptedFile } from '../download/encrypted-file.js';
import { openDescribed, type ReadingPlace } from '../download/open-row.js';
import type { BaseLinkEntity } from '../entities/base-link.entity.js';
import { ATTEMPTS_TIME } from '../entities/link-counters.js';
import type { LinkRows } from '../entities/link-rows.js';
import { LinkAdmission } from './link-admission.js';
import { stateOf } from './link-descriptions.js';
import {
  busyLink,
  earlyLink,
  expiredLink,
  invalidLink,
  leaseOver,
  lockedLink,
  spentLink,
  wrongPassword,
} from './link-failure.js';
import { isPassword, matchesPassword } from './link-password.js';
import { hashSecret, isSecret } from './link-secret.js';
import type { LinkedFiles, OpenLink } from './linked-files.js';
import type { RunningDownloads } from './running-downloads.js';

/** What is needed of a configuration to open links. */
export interface LinkPlace extends ReadingPlace {
  readonly keys: KeyChain;
  /** Seconds for which a transfer can be resumed. */
  readonly linkLease: number;
}

/** What comes with a secret. */
export interface RedeemOptions {
  /** What the client has typed. */
  readonly password?: string | undefined;
  /** The value of the link's cookie, which an earlier answer has brought. */
  readonly lease?: string | undefined;
  /** Whether the request came by https, and so must its cookie; false. */
  readonly secure?: boolean | undefined;
}

/** What a {@link LinkDoor} is made from. */
export interface LinkDoorParts {
  readonly place: LinkPlace;
  readonly links: LinkRows<BaseLinkEntity>;
  readonly files: LinkedFiles;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly running: RunningDownloads;
}

/** Where those come who have a link's secret. */
export class LinkDoor {
  readonly #parts: LinkDoorParts;

  constructor(parts: LinkDoorParts) {
    this.#parts = parts;
  }

  /**
   * The link of a secret, whatever its state. What is no secret does not even
   * reach a query.
   *
   * @throws LinkError `LINK_INVALID`.
   * @throws IntegrityError if a row was changed, exchanged or forged.
   */
  async open(secret: unknown): Promise<OpenLink> {
    if (!isSecret(secret)) throw invalidLink();
    const row = await this.#parts.links.findByHash(hashSecret(secret));
    if (!row) throw invalidLink();
    return this.#parts.files.ofLink(row);
  }

  /** @throws LinkError if the link will open nothing, now or later. */
  requireAlive(link: OpenLink): void {
    const state = stateOf(link, this.#parts.now());
    if (state === 'expired') throw expiredLink();
    if (state === 'spent') throw spentLink();
  }

  /** The file, for who has a lease or may begin anew. */
  async redeem(
    link: OpenLink,
    { password, lease, secure }: RedeemOptions,
  ): Promise<EncryptedFile> {
    const presented = this.#presented(link, lease);
    if (presented === undefined) {
      this.requireAlive(link);
      await this.#requirePassword(link, password);
    }
    return this.#file(link, { presented, secure });
  }

  /** The file, for who has a lease. */
  resume(
    link: OpenLink,
    { lease, secure }: Pick<RedeemOptions, 'lease' | 'secure'>,
  ): EncryptedFile {
    const presented = this.#presented(link, lease);
    if (presented === undefined) throw leaseOver();
    return this.#file(link, { presented, secure });
  }

  /**
   * @returns hash of the lease, if it is the link's and can be resumed.
   * @throws LinkError if its transfer is running, or the link is not open.
   */
  #presented(
    { row, terms }: OpenLink,
    lease: string | undefined,
  ): string | undefined {
    const now = this.#parts.now();
    if (terms.expiresAt <= now) throw expiredLink();
    if (terms.notBefore !== null && terms.notBefore > now) throw earlyLink();
    if (!isSecret(lease) || hashSecret(lease) !== row.leaseHash) {
      return undefined;
    }
    if (row.leaseState === 'running') throw busyLink();
    return (row.leaseUntil ?? 0) > now ? row.leaseHash : undefined;
  }

  async #requirePassword(
    { row, terms }: OpenLink,
    password: unknown,
  ): Promise<void> {
    if (terms.password === null) return;
    if (!isPassword(password)) throw wrongPassword();
    const { counters } = this.#parts.links;
    // Before it is compared: no number of requests at once gets more tries.
    const matches = await matchesPassword(password, terms.password, () =>
      counters.claimAttempt(row.id, this.#parts.now()),
    );
    if (matches === undefined) {
      // Revoked while it waited for its turn.
      if (!(await this.#parts.links.find(row.id))) throw invalidLink();
      throw lockedLink(lockedFor(row, this.#parts.now()));
    }
    if (!matches) throw wrongPassword();
    await counters.returnAttempt(row.id);
  }

  #file(
    { row, file, dataKey, information }: OpenLink,
    request: {
      readonly presented: string | undefined;
      readonly secure: boolean | undefined;
    },
  ): EncryptedFile {
    const { place, links, now, running } = this.#parts;
    const admission = new LinkAdmission({
      links,
      id: row.id,
      size: information.size,
      presented: request.presented,
      secure: request.secure ?? false,
      leaseTime: place.linkLease,
      now,
      running,
    });
    const parts = { ...place, admission };
    return openDescribed(file, { dataKey, information }, parts);
  }
}

/** Milliseconds; of a row that was read before its first try, all of the time. */
function lockedFor({ attemptsUntil }: BaseLinkEntity, now: number): number {
  const rest = attemptsUntil - now;
  return rest > 0 ? Math.min(rest, ATTEMPTS_TIME) : ATTEMPTS_TIME;
}
