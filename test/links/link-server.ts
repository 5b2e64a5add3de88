import { DataSource } from 'typeorm';
import { expect } from 'vitest';
import { DownloadLinkService } from 'nestjs-file-encryptor';
import { storeFile } from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import type { Received } from '../e2e/http-client.js';
import {
  type DocumentLink,
  LINKED_ENTITIES,
  Links,
} from '../e2e/linked-documents.js';
import {
  type AppParts,
  type RunningApp,
  useRunningApp,
} from '../e2e/running-app.js';

/** An application with links, and what tests do with it. */
export interface LinkServer {
  readonly running: RunningApp;
  readonly links: DownloadLinkService<DocumentLink>;
  readonly source: DataSource;
  /** Stores bytes, and makes a link to them that is good for an hour. */
  share(content: Uint8Array, options?: ShareOptions): Promise<Shared>;
  /** Makes one more link to a stored file. */
  link(filename: string, options?: ShareOptions): Promise<Shared>;
  /** The row as it is now. */
  row(id: number): Promise<DocumentLink>;
}

/** What a link of a test can be. */
export interface ShareOptions {
  readonly maxDownloads?: number;
  readonly password?: string;
}

/** A link that was made. */
export interface Shared {
  readonly id: number;
  readonly filename: string;
  readonly secret: string;
  /** Where {@link Links} answers. */
  readonly url: string;
}

/** Registers the hooks of an application with {@link Links}. */
export function useLinkServer(parts: AppParts = {}): LinkServer {
  return linkServerOf(
    useRunningApp({
      ...parts,
      controllers: [Links, ...(parts.controllers ?? [])],
      entities: LINKED_ENTITIES,
    }),
  );
}

/** The same of an application that has {@link Links} and their entities. */
export function linkServerOf(running: RunningApp): LinkServer {
  const service = () =>
    running.app.get<DownloadLinkService<DocumentLink>>(DownloadLinkService);
  const link: LinkServer['link'] = async (filename, options = {}) => {
    const hour = { expiresIn: 3600, ...options };
    const { id, secret } = await service().create(filename, OWNER, hour);
    return { id, filename, secret, url: `${running.url}/links/${secret}` };
  };
  return {
    running,
    get links() {
      return service();
    },
    get source() {
      return running.app.get(DataSource);
    },
    link,
    share: async (content, options) =>
      link(await storeFile(running, content), options),
    row: (id) =>
      running.app
        .get(DataSource)
        .getRepository(LINKED_ENTITIES.link)
        .findOneByOrFail({ id }),
  };
}

/** The lease that an answer has brought, as a `Cookie` header sends it back. */
export function leaseOf({ headers }: Pick<Received, 'headers'>): string {
  const [cookie = ''] = headers['set-cookie'] ?? [];
  const [pair = ''] = cookie.split(';');
  if (!pair.startsWith('download-link-')) {
    throw new Error('The answer has brought no lease.');
  }
  return pair;
}

/** The code of an error's JSON. */
export function codeOf({ body }: Pick<Received, 'body'>): unknown {
  return (JSON.parse(body.toString()) as { readonly code?: unknown }).code;
}

/** The row, once no transfer runs. */
export async function settled(
  server: LinkServer,
  { id }: Shared,
): Promise<DocumentLink> {
  let row = await server.row(id);
  await eventually(async () => {
    row = await server.row(id);
    expect(row.leaseState).not.toBe('running');
  });
  return row;
}
