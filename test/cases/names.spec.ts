import { describe, expect, it } from 'vitest';
import type { FileDescription } from 'nestjs-file-encryptor';
import { Downloads } from '../download/download-server.js';
import { filePart, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { useCaseApp } from './case-app.js';

describe('a name', () => {
  const app = useCaseApp({ controllers: [KeptUploads, Downloads] });

  // D-01
  it('in UTF-8 comes back as it was sent', async () => {
    const name = '報告 é😀.txt';
    const { url } = app.running;
    const content = app.content(100_000);
    const answer = await postForm(`${url}/one`, filePart(name, content));
    expect(answer.status).toBe(201);
    const { filename } = answer.json as FileDescription;
    const { body } = await receive(`${url}/files/${filename}`);
    expect(body.equals(content)).toBe(true);
  });
});
