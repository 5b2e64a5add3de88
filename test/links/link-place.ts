import { Entity } from 'typeorm';
import { BaseLinkEntity } from '../../lib/entities/base-link.entity.js';
import type { EncryptedFile } from '../../lib/download/encrypted-file.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import type { Owner } from '../../lib/entities/owner.js';
import { DownloadLinkService } from '../../lib/links/download-link.service.js';
import type { CreatedLink } from '../../lib/links/link-descriptions.js';
import type { DownloadLinkOptions } from '../../lib/links/link-options.js';
import type { Admitted } from '../../lib/download/admission.js';
import type { TestDatabase } from '../databases.js';
import {
  newOwner,
  type Paper,
  PAPER_TABLES,
  PAPERS,
  type PaperToken,
} from '../encryption-service/papers.js';
import {
  type ServicePlace,
  useService,
} from '../encryption-service/service-place.js';

/** A link to a paper. */
@Entity()
export class PaperLink extends BaseLinkEntity {}

/** All three entities, as the module's option takes them. */
export const LINKED_PAPERS = { ...PAPERS, link: PaperLink } as const;

/** As a DataSource takes them. */
export const LINKED_TABLES = [...PAPER_TABLES, PaperLink];

/** A file with a link to it. */
export interface SharedPaper {
  readonly owner: Owner;
  readonly filename: string;
  readonly link: CreatedLink;
  readonly secret: string;
}

/** A service with links, over a database and a store of one suite. */
export interface LinkedPlace {
  readonly place: ServicePlace<Paper, PaperToken>;
  readonly links: DownloadLinkService<PaperLink>;
  /** The clock of the links; it stands still. */
  readonly clock: { now: number };
  /** Saves a text of a new owner's, with a link that is good for an hour. */
  share(
    text: string,
    options?: Partial<DownloadLinkOptions>,
  ): Promise<SharedPaper>;
  /** The row of a link as it is now. */
  row(link: Pick<CreatedLink, 'id'>): Promise<PaperLink>;
  /** Writes columns of a row past the library. */
  write(
    link: Pick<CreatedLink, 'id'>,
    columns: Partial<PaperLink>,
  ): Promise<void>;
}

const HOUR = 3600;

/** Registers the hooks that make a suite's links, and remove them after it. */
export function useLinks(database: TestDatabase): LinkedPlace {
  const place = useService({
    database,
    tables: LINKED_TABLES,
    entities: LINKED_PAPERS,
  });
  const clock = { now: 1_800_000_000_000 };
  const service = () =>
    new DownloadLinkService<PaperLink>(
      place.configuration,
      new EntityRows(place.source, LINKED_PAPERS),
      { now: () => clock.now },
    );
  const rows = () => place.source.getRepository(PaperLink);
  return {
    place,
    clock,
    get links() {
      return service();
    },
    share: async (text, options) => {
      const owner = await newOwner(place.source);
      const upload = await place.upload(text);
      const { filename } = await place.service.save(upload, owner);
      const all = { expiresIn: HOUR, ...options } as DownloadLinkOptions;
      const link = await service().create(filename, owner, all);
      return { owner, filename, link, secret: link.secret };
    },
    row: ({ id }) => rows().findOneByOrFail({ id }),
    write: async ({ id }, columns) => {
      await rows().update(id, columns);
    },
  };
}

/** Asks what the interceptor asks. */
export function admit(file: EncryptedFile, length: number): Promise<Admitted> {
  if (!file.admission) throw new Error('The file has no admission.');
  return file.admission.admit(length);
}

/** The token in the cookie of an answer. */
export function leaseIn({ cookie = '' }: Admitted): string {
  const [, lease = ''] = /^download-link-\d+=([^;]*)/.exec(cookie) ?? [];
  return lease;
}

/** The code of what a promise rejects with; its value where it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return (error as { readonly code?: unknown }).code ?? error;
  }
}
