import type { FileInformation } from '../core/keys/file-information.js';
import type { LinkTerms } from '../core/keys/link-terms.js';
import type { BaseLinkEntity } from '../entities/base-link.entity.js';

/** What a link is good for at a moment. */
export type DownloadLinkState = 'active' | 'waiting' | 'expired' | 'spent';

/** A link, as its owner sees it. In JSON its times are ISO 8601. */
export interface DownloadLink {
  readonly id: number;
  /** The random name of the file. */
  readonly filename: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly notBefore: Date | null;
  readonly maxDownloads: number;
  /** Uses that are left. */
  readonly remaining: number;
  readonly needsPassword: boolean;
  /** When it was last downloaded from. */
  readonly lastUsedAt: Date | null;
  readonly state: DownloadLinkState;
}

/** A link that was just made. */
export interface CreatedLink extends DownloadLink {
  /**
   * What opens the link, 43 characters; part of the URL that is handed on. It is
   * kept nowhere: this is the only time that it is seen.
   */
  readonly secret: string;
}

/** What who has a link may know of its file. In JSON its times are ISO 8601. */
export interface LinkedFileDescription extends Pick<
  DownloadLink,
  'id' | 'expiresAt' | 'notBefore' | 'remaining' | 'needsPassword'
> {
  /** The client's name for the file. */
  readonly name: string;
  /** The declared media type. */
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
}

/** A link whose seals are open. */
export interface KnownLink {
  readonly row: BaseLinkEntity;
  readonly terms: LinkTerms;
  readonly information: FileInformation;
}

/** @param now - epoch milliseconds. */
export function describeLink(link: KnownLink, now: number): DownloadLink {
  const { row, terms } = link;
  return {
    id: row.id,
    filename: row.filename,
    createdAt: new Date(row.createdAt),
    expiresAt: new Date(terms.expiresAt),
    notBefore: dateOf(terms.notBefore),
    maxDownloads: terms.maxDownloads,
    remaining: row.remaining,
    needsPassword: terms.password !== null,
    lastUsedAt: dateOf(row.lastUsedAt),
    state: stateOf(link, now),
  };
}

/** What a page may show. */
export function describeLinkedFile(link: KnownLink): LinkedFileDescription {
  const { row, terms, information } = link;
  return {
    id: row.id,
    name: information.name,
    type: information.type,
    size: information.size,
    expiresAt: new Date(terms.expiresAt),
    notBefore: dateOf(terms.notBefore),
    remaining: row.remaining,
    needsPassword: terms.password !== null,
  };
}

/** @param now - epoch milliseconds. */
export function stateOf(
  { row, terms, information }: KnownLink,
  now: number,
): DownloadLinkState {
  if (terms.expiresAt <= now) return 'expired';
  // After broken transfers there may be a use left, and no copy's bytes.
  if (row.remaining <= 0 || row.budget < information.size) return 'spent';
  return terms.notBefore !== null && terms.notBefore > now
    ? 'waiting'
    : 'active';
}

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
