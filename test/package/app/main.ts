import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { User } from './entities.js';

const NAME = '報告 é😀.txt';

// Uploads the file that it is given for one user, downloads it again for this
// user and for another, and prints what happened as one line of JSON.
const app = await NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
await app.listen(0, '127.0.0.1');
const url = `${await app.getUrl()}/files`;
const users = app.get(DataSource).getRepository(User);
const [owner, stranger] = await users.save([{}, {}]);
const content = await readFile(process.argv[2] ?? '');

const form = new FormData();
form.append('file', new File([content], NAME, { type: 'text/plain' }));
const headers = { user: owner.id };
const sent = await fetch(url, { method: 'POST', headers, body: form });
const { filename } = (await sent.json()) as { filename: string };

const received = await fetch(`${url}/${filename}`, { headers });
const sha256 = createHash('sha256')
  .update(Buffer.from(await received.arrayBuffer()))
  .digest('hex');
const refused = await fetch(`${url}/${filename}`, {
  headers: { user: stranger.id },
});
await app.close();

process.stdout.write(
  JSON.stringify({
    sent: sent.status,
    received: received.status,
    sha256,
    disposition: received.headers.get('content-disposition'),
    refused: refused.status,
  }),
);
