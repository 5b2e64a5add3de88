import { afterEach, describe, expect, it } from 'vitest';
import { OWNER } from '../e2e/documents.js';
import { type Answer, filePart, postForm, utf8 } from '../e2e/form.js';
import { useRunningApp } from '../e2e/running-app.js';
import { KeptUploads } from './kept-uploads.js';

/** What stands in the disposition behind the field's name, and what is kept. */
const NAMES: readonly (readonly [
  what: string,
  parameter: string,
  name: string,
])[] = [
  ['plain letters', 'filename="report.txt"', 'report.txt'],
  ['no quotes', 'filename=report.txt', 'report.txt'],
  ['UTF-8', `filename="${utf8('報告 é😀.txt')}"`, '報告 é😀.txt'],
  ['combining marks', `filename="${utf8('e\u0301.txt')}"`, 'e\u0301.txt'],
  ['latin1', 'filename="caf\u00e9.txt"', 'café.txt'],
  ['latin1 from C1 on', 'filename="\u00fc\u00ff.txt"', 'üÿ.txt'],
  [
    'filename* in UTF-8',
    "filename*=UTF-8''%E5%A0%B1%E5%91%8A%20%C3%A9.txt",
    '報告 é.txt',
  ],
  [
    'filename* with letters of latin1 alone',
    "filename*=UTF-8''caf%C3%A9.txt",
    'café.txt',
  ],
  [
    'filename* beside filename',
    'filename="fallback.txt"; filename*=UTF-8\'\'%E5%A0%B1.txt',
    '報.txt',
  ],
  ['an escaped quote', 'filename="say \\"hi\\".txt"', 'say "hi".txt'],
  ["a browser's quote", 'filename="say %22hi%22.txt"', 'say "hi".txt'],
  ['a percent sign', 'filename="50%.pdf"', '50%.pdf'],
  ['a semicolon', 'filename="a;b.txt"', 'a;b.txt'],
  ['white space around', 'filename="  a b.txt  "', 'a b.txt'],
  ['a path', 'filename="../../etc/passwd"', 'passwd'],
  ['a path of Windows', 'filename="C:\\\\Users\\\\x\\\\a.txt"', 'a.txt'],
  ['a path with both', 'filename="x\\\\y/z.txt"', 'z.txt'],
  ['a path in filename*', "filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", 'passwd'],
  ["a browser's line break", 'filename="a%0D%0Ab.txt"', 'ab.txt'],
  ['a null byte', "filename*=UTF-8''a%00b.txt", 'ab.txt'],
  ['controls of C1', "filename*=UTF-8''a%C2%85b.txt", 'ab.txt'],
  [
    'a mark that reverses the text',
    `filename="${utf8('invoice\u202efdp.exe')}"`,
    'invoicefdp.exe',
  ],
  [
    'marks that isolate a direction',
    `filename="${utf8('a\u2066b\u2069c.txt')}"`,
    'abc.txt',
  ],
  [
    'letters that are written from the right',
    `filename="${utf8('שלום.txt')}"`,
    'שלום.txt',
  ],
  ['only controls', "filename*=UTF-8''%01%02", 'file'],
  ['a dot in front', 'filename=".profile"', '.profile'],
  [
    '300 letters',
    `filename="${'x'.repeat(296)}.txt"`,
    `${'x'.repeat(296)}.txt`,
  ],
  ['4,096 bytes', `filename="${'x'.repeat(4096)}"`, 'x'.repeat(4096)],
  ['an emptied prototype', 'filename="__proto__"', '__proto__'],
];

describe('the name of an upload', () => {
  const running = useRunningApp({ controllers: [KeptUploads] });
  afterEach(async () => {
    await running.encryption.erase(OWNER);
  });

  it.each(NAMES)('with %s is kept as it was meant', async (...row) => {
    const [, parameter, name] = row;
    const answer = await send(parameter);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ name, size: 7 });
  });

  it.each([
    ['4,097 bytes', `filename="${'x'.repeat(4097)}"`],
    ['2,100 letters of two bytes', `filename="${utf8('é'.repeat(2100))}"`],
  ])('with %s is refused before a byte is stored', async (_, parameter) => {
    const answer = await send(parameter);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'NAME_TOO_LONG' });
    expect(await running.containers()).toEqual([]);
  });

  it('longer than a header may be is refused', async () => {
    const answer = await send(`filename="${'x'.repeat(100_000)}"`);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_INVALID' });
    expect(await running.containers()).toEqual([]);
  });

  it.each(['""', '".."', '"folder/"'])(
    'that is %s makes the part no file',
    async (name) => {
      const answer = await send(`filename=${name}`);
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ code: 'UPLOAD_MISSING' });
    },
  );

  it('never stands in the store, and neither does its extension', async () => {
    await postForm(`${running.url}/one`, filePart('holiday.jpeg', 'content'));
    const [container] = await running.containers();
    expect(container).toMatch(/^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{32}$/);
  });

  function send(parameter: string): Promise<Answer> {
    return postForm(`${running.url}/one`, {
      disposition: `name="file"; ${parameter}`,
      content: 'content',
    });
  }
});

describe('the type of an upload', () => {
  const running = useRunningApp({ controllers: [KeptUploads] });

  it.each([
    ['text/plain', 'text/plain'],
    ['Image/PNG', 'image/png'],
    ['text/html; charset=utf-8', 'text/html'],
    ['image/svg+xml', 'image/svg+xml'],
    ['nonsense', 'text/plain'],
    ['text/<script>', 'text/plain'],
  ])('declared as %j is kept as %j', async (declared, type) => {
    const part = { ...filePart('a', 'content'), type: declared };
    const answer = await postForm(`${running.url}/one`, part);
    expect(answer.json).toMatchObject({ type });
  });
});
