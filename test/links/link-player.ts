import { createHash } from 'node:crypto';
import { LinkError, type LinkErrorCode } from 'nestjs-file-encryptor';
import type { DocumentLink } from '../e2e/linked-documents.js';
import type { Admission, Admitted } from '../../lib/download/admission.js';
import type { LinkServer, Shared } from './link-server.js';
import type { Bytes, Play, Step } from './link-steps.js';

/** An answer that has been admitted, and is not over. */
interface Transfer {
  readonly from: number;
  readonly length: number;
  readonly tookUse: boolean;
  readonly admitted: Admitted;
}

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;

/** Plays steps against a real link, and keeps its own account. */
export class Player {
  readonly #server: LinkServer;
  readonly #shared: Shared;
  readonly #play: Omit<Play, 'steps'>;
  /** How often each byte was handed, a crash counted as all. */
  readonly #copies: number[];
  readonly #transfers: Transfer[] = [];
  readonly #opened: Admission[] = [];
  readonly #leases: (string | undefined)[] = [];
  readonly #faults: string[] = [];
  /** Uses that are left by this account. */
  #uses: number;
  /** Answers that were handed in full and took in all of the file. */
  #whole = 0;

  constructor(server: LinkServer, shared: Shared, play: Play) {
    this.#server = server;
    this.#shared = shared;
    this.#play = play;
    this.#uses = play.maxDownloads;
    this.#copies = Array.from({ length: play.size }, () => 0);
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'ask':
        return this.#ask(step);
      case 'open':
        return this.#open(step);
      case 'ask-later':
        return this.#askLater(step);
      case 'end':
        return this.#end(step.at, step.handed);
      case 'crash':
        return this.#crash(step.at);
    }
  }

  /** What is against the rules, now or in an answer before; empty if all is well. */
  async faults(): Promise<readonly string[]> {
    const { size, maxDownloads } = this.#play;
    const { remaining, budget } = await this.#row();
    const most = size === 0 ? 0 : (maxDownloads + 1) * size - 1;
    const handed = this.#copies.reduce((sum, times) => sum + times, 0);
    const reserved = this.#transfers.reduce((sum, t) => sum + t.length, 0);
    const copies = size === 0 ? this.#whole : Math.min(...this.#copies);
    const rules: readonly (readonly [rule: string, holds: boolean])[] = [
      [`${remaining} uses are left`, remaining >= 0],
      [`${remaining} uses are left`, remaining <= maxDownloads],
      [
        `${remaining} uses are left, not ${this.#uses}`,
        remaining === this.#uses,
      ],
      [`${budget} bytes are left`, budget >= 0],
      [`${handed} bytes were handed`, handed <= most],
      [`${copies} copies left`, copies <= maxDownloads],
      [`${this.#whole} whole answers left`, this.#whole <= maxDownloads],
      [
        `${handed} + ${reserved} + ${budget} is not ${most}`,
        handed + reserved + budget === most,
      ],
    ];
    const broken = rules.filter(([, holds]) => !holds);
    return [...this.#faults, ...broken.map(([rule]) => rule)];
  }

  /** Begins and breaks transfers of which nothing was handed: they cost nothing. */
  async tryAgain(): Promise<void> {
    const { size } = this.#play;
    const before = await this.#row();
    if (size === 0 || before.remaining === 0 || before.budget < size) return;
    for (const _ of [1, 2, 3]) {
      const admission = await this.#redeem(undefined);
      const admitted = await admission.admit(size);
      await admitted.settle(0);
    }
    const { remaining, budget } = await this.#row();
    if (remaining !== before.remaining || budget !== before.budget) {
      this.#faults.push('A transfer of nothing was paid for.');
    }
  }

  async #ask({ user, leased, bytes }: StepOf<'ask'>): Promise<void> {
    const lease = leased ? this.#leases[user] : undefined;
    const { from, length } = this.#reduced(bytes);
    const before = await this.#row();
    const wanted = verdict(before, { lease, length, size: this.#play.size });
    const met = await outcome(async () => {
      const admission = await this.#redeem(lease);
      const token = await this.#begin(admission, { from, length });
      if (token !== undefined) this.#leases[user] = token;
    });
    const { remaining } = await this.#row();
    const uses = before.remaining - remaining;
    const got = met ?? (uses === 0 ? 'free' : 'use');
    if (got !== wanted || uses !== (wanted === 'use' ? 1 : 0)) {
      this.#faults.push(`${wanted} was due, and ${got} came (${uses} uses)`);
    }
  }

  async #open({ user, leased }: StepOf<'open'>): Promise<void> {
    const lease = leased ? this.#leases[user] : undefined;
    await outcome(async () => {
      this.#opened.push(await this.#redeem(lease));
    });
  }

  async #askLater({ at, bytes }: StepOf<'ask-later'>): Promise<void> {
    const admission = this.#opened[at % this.#opened.length];
    if (!admission) return;
    await outcome(async () => {
      await this.#begin(admission, this.#reduced(bytes));
    });
  }

  async #end(at: number, wanted: number): Promise<void> {
    const transfer = this.#take(at);
    if (!transfer) return;
    const handed = Math.min(wanted, transfer.length);
    this.#count(transfer, handed);
    if (transfer.tookUse && handed < transfer.length) this.#uses += 1;
    await transfer.admitted.settle(handed);
  }

  /** All of it may have left. */
  #crash(at: number): void {
    const transfer = this.#take(at);
    if (transfer) this.#count(transfer, transfer.length);
  }

  #take(at: number): Transfer | undefined {
    const index = at % this.#transfers.length;
    return this.#transfers.splice(index, 1)[0];
  }

  #count({ from, length }: Transfer, handed: number): void {
    for (let at = from; at < from + handed; at += 1) {
      this.#copies[at] = (this.#copies[at] ?? 0) + 1;
    }
    if (length === this.#play.size && handed === length) this.#whole += 1;
  }

  /** @returns the lease that the user has now. */
  async #begin(
    admission: Admission,
    { from, length }: Pick<Transfer, 'from' | 'length'>,
  ): Promise<string | undefined> {
    const admitted = await admission.admit(length);
    // A lease begins with each use, and with nothing else.
    const token = tokenOf(admitted);
    const tookUse = token !== undefined;
    if (tookUse) this.#uses -= 1;
    this.#transfers.push({ from, length, tookUse, admitted });
    return token;
  }

  async #redeem(lease: string | undefined): Promise<Admission> {
    const { links } = this.#server;
    const { secret } = this.#shared;
    const { admission } = await links.redeem(secret, lease ? { lease } : {});
    if (!admission) throw new Error('A linked file came without admission.');
    return admission;
  }

  #reduced(bytes: Bytes): Pick<Transfer, 'from' | 'length'> {
    const { size } = this.#play;
    if (bytes === 'all' || size === 0) return { from: 0, length: size };
    const from = bytes.from % size;
    return { from, length: 1 + (bytes.length % (size - from)) };
  }

  #row(): Promise<DocumentLink> {
    return this.#server.row(this.#shared.id);
  }
}

/** What the rules say of a request for so many bytes, by the row as it is. */
function verdict(
  row: DocumentLink,
  {
    lease,
    length,
    size,
  }: {
    readonly lease: string | undefined;
    readonly length: number;
    readonly size: number;
  },
): 'free' | 'use' | LinkErrorCode {
  const own = lease !== undefined && row.leaseHash === hashOf(lease);
  if (own && row.leaseState === 'running') return 'LINK_BUSY';
  // Who comes without a lease can only ask for everything.
  if (row.budget < (own ? length : size)) return 'LINK_SPENT';
  if (own && row.leaseState === 'counted' && length < size) return 'free';
  return row.remaining > 0 ? 'use' : 'LINK_SPENT';
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The code of the refusal; undefined if nothing was refused. */
async function outcome(
  act: () => Promise<void>,
): Promise<LinkErrorCode | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof LinkError) return error.code;
    throw error;
  }
}

/** The lease token of an admission's cookie; undefined if it brings none. */
export function tokenOf({ cookie }: Admitted): string | undefined {
  return cookie === undefined
    ? undefined
    : /^download-link-\d+=([\w-]{43});/.exec(cookie)?.[1];
}
