import { Logger } from '@nestjs/common';
import type { Admission, Admitted } from '../download/admission.js';
import type { BaseLinkEntity } from '../entities/base-link.entity.js';
import type { Asking, Settling } from '../entities/link-counters.js';
import type { LinkRows } from '../entities/link-rows.js';
import { leaseCookie } from './lease-cookie.js';
import {
  busyLink,
  earlyLink,
  expiredLink,
  invalidLink,
  spentLink,
} from './link-failure.js';
import { hashSecret, newSecret } from './link-secret.js';
import type { RunningDownloads } from './running-downloads.js';

/** What an admission is made from. */
export interface LinkAdmissionParts {
  readonly links: LinkRows<BaseLinkEntity>;
  /** Of the link. */
  readonly id: number;
  /** Of the file, in bytes. */
  readonly size: number;
  /** Hash of the lease that the request has shown, and that was in time. */
  readonly presented: string | undefined;
  /** Whether the request came by https. */
  readonly secure: boolean;
  /** Seconds for which a lease can be resumed. */
  readonly leaseTime: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly running: RunningDownloads;
}

/**
 * The leave of a download link: a whole answer takes a use, and so does a part,
 * unless the request shows a lease whose use is counted already.
 */
export class LinkAdmission implements Admission {
  readonly #parts: LinkAdmissionParts;

  constructor(parts: LinkAdmissionParts) {
    this.#parts = parts;
  }

  async admit(length: number): Promise<Admitted> {
    const { links, id, size, presented, now } = this.#parts;
    const asking: Asking = { id, length, presented, now: now() };
    if (
      presented !== undefined &&
      length < size &&
      (await links.counters.takePart({ ...asking, presented }))
    ) {
      return this.#admitted(asking, { lease: presented, tookUse: false });
    }
    const token = newSecret();
    const lease = hashSecret(token);
    if (!(await links.counters.takeUse(asking, lease))) {
      throw await this.#refusal(asking);
    }
    return this.#admitted(asking, { lease, tookUse: true, token });
  }

  #admitted({ length }: Asking, { lease, tookUse, token }: Taken): Admitted {
    const { id, secure, running } = this.#parts;
    let isOpen = true;
    const end = async (unspent: number, isBroken: boolean) => {
      if (!isOpen) return;
      isOpen = false;
      await this.#settle({ unspent, broken: tookUse && isBroken, lease });
      running.end(end);
    };
    running.begin(end);
    return {
      cookie:
        token === undefined
          ? undefined
          : leaseCookie({ id, lease: token, secure }),
      settle: (handed) => {
        const unspent = length - Math.min(Math.max(handed, 0), length);
        return end(unspent, unspent > 0);
      },
      cancel: () => end(length, true),
    };
  }

  /** Nobody waits for it; what it cannot give back counts as sent. */
  async #settle(over: Over): Promise<void> {
    const { links, id, leaseTime, now } = this.#parts;
    try {
      const leaseUntil = now() + leaseTime * 1000;
      await links.counters.settle({ id, ...over, leaseUntil });
    } catch (error) {
      logger.error(
        `Download link ${id}: the end of a download could not be written; it counts as complete. ${String(error)}`,
      );
    }
  }

  /** Why nothing could be taken, as far as the row still tells. */
  async #refusal({ id, presented, now }: Asking): Promise<Error> {
    const row = await this.#parts.links.find(id);
    if (!row) return invalidLink();
    if (row.expiresAt <= now) return expiredLink();
    if (row.notBefore !== null && row.notBefore > now) return earlyLink();
    return presented !== undefined && isRunning(row, presented)
      ? busyLink()
      : spentLink();
  }
}

/** What an admission has taken. */
interface Taken {
  /** Hash of the lease that the answer runs under. */
  readonly lease: string;
  readonly tookUse: boolean;
  /** Of a new lease. */
  readonly token?: string;
}

/** How an answer has ended; see `Settling`. */
type Over = Pick<Settling, 'unspent' | 'broken' | 'lease'>;

const logger = new Logger('FileEncryptor');

function isRunning(row: BaseLinkEntity, presented: string): boolean {
  return row.leaseHash === presented && row.leaseState === 'running';
}
