import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { expect } from 'vitest';
import { MaintenanceService } from 'nestjs-file-encryptor';
import { Document } from '../e2e/documents.js';
import { filePart, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import type { RunningApp } from '../e2e/running-app.js';

/** The client's name for each file; no error may repeat it. */
export const REAL_NAME = 'diary of a fault.txt';

/** What a client has got. */
export interface Told {
  readonly status: number;
  readonly body: Buffer;
}

/** Sends a file; the answer with its body as bytes. */
export async function upload(
  url: string,
  content: Uint8Array,
  route = 'upload',
): Promise<Told> {
  const part = filePart(REAL_NAME, content);
  const { status, text } = await postForm(`${url}/${route}`, part);
  return { status, body: Buffer.from(text) };
}

/** Sends a file that arrives, and gives its random name. */
export async function store(
  url: string,
  content: Uint8Array,
  route = 'upload',
): Promise<string> {
  const answer = await upload(url, content, route);
  expect(answer.status, String(answer.body)).toBe(201);
  const { filename } = JSON.parse(String(answer.body)) as { filename: string };
  return filename;
}

/** Gets a file whole. */
export async function expectContent(
  url: string,
  filename: string,
  { content, query = '' }: { content: Uint8Array; query?: string },
): Promise<void> {
  const answer = await receive(`${url}/files/${filename}${query}`);
  expect(answer.status, String(answer.body.subarray(0, 200))).toBe(200);
  expect(answer.broken).toBe(false);
  expect(answer.body.equals(content)).toBe(true);
}

/** What an answer that tells of a fault of the server consists of. */
const NEUTRAL =
  /^(Internal server error|Service Unavailable|(Something went wrong on the server|The server has no room for this now)\. Reference: [0-9a-f-]{36})$/;

/** That an error tells its status and code, and nothing of the server. */
export function expectNeutral(
  { status, body }: Told,
  expected: { readonly status: number; readonly code?: string | undefined },
): void {
  const { message, ...rest } = JSON.parse(String(body)) as {
    message: unknown;
  };
  const { code } = expected;
  expect({ status, ...rest }).toEqual({
    status: expected.status,
    statusCode: expected.status,
    ...(code !== undefined && { code }),
    ...('error' in rest && { error: rest.error }),
  });
  expect(message).toMatch(NEUTRAL);
}

/** An error that the filter has hidden. */
export const HIDDEN = { status: 500, code: 'INTERNAL_ERROR' } as const;

/** A store without room. */
export const FULL = { status: 507, code: 'STORE_FULL' } as const;

/** An error of the database, which the filter leaves to Nest. */
export const DATABASE = { status: 500 } as const;

/** Random names of all rows, sorted. */
export async function rowsOf({ app }: RunningApp): Promise<string[]> {
  const rows = await app.get(DataSource).getRepository(Document).find();
  return rows.map(({ filename }) => filename).toSorted();
}

/** Names of all files in the store, sorted by them. */
export async function containersOf(running: RunningApp): Promise<string[]> {
  const paths = await running.containers();
  return paths.map((path) => path.slice(6)).toSorted();
}

/** Nothing is open, and each row has its container and the other way round. */
export async function expectSettled(running: RunningApp): Promise<void> {
  await expectNothingOpen(running);
  expect(await containersOf(running)).toEqual(await rowsOf(running));
}

const MONTH = 31 * 24 * 60 * 60;

/** Sweeps as it would be a month later. */
export async function sweepLater(running: RunningApp): Promise<void> {
  const then = Date.now() / 1000 - MONTH;
  for (const path of await running.containers()) {
    await utimes(join(running.dataDir, path), then, then);
  }
  await running.app.get(MaintenanceService).sweep({ force: true });
}
