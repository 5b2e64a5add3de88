import { describe, expect, it } from 'vitest';
import { postForm } from '../e2e/form.js';
import { receive, type Sending } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { FILE_HEADS, HTML, SVG } from '../upload/file-heads.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { ADAPTERS, Downloads, storeFile } from './download-server.js';

/** What is uploaded, and the type that it is sent as. */
type Sample = readonly [
  name: string,
  declared: string,
  sent: string,
  content: Uint8Array | string,
];

const BYTES = 'application/octet-stream';
const TEXT = 'text/plain; charset=utf-8';
const PNG = FILE_HEADS.png.bytes;
const PDF = FILE_HEADS.pdf.bytes;
const WEBM = FILE_HEADS.webm.bytes;
const LATIN1 = FILE_HEADS['text of latin1'].bytes;
const POLYGLOT = FILE_HEADS['GIF that is HTML'].bytes;

const NEVER_SHOWN: readonly Sample[] = [
  ['a.svg', 'image/svg+xml', BYTES, SVG],
  ['a.xml', 'application/xml', BYTES, '<?xml version="1.0"?><a/>'],
  ['b.html', 'text/html', BYTES, HTML],
  ['b.xhtml', 'application/xhtml+xml', BYTES, HTML],
  ['c.png', 'text/html', BYTES, PNG],
  ['d.txt', 'image/png', 'image/png', HTML],
  ['e.png', 'image/png', 'image/png', PDF],
  ['f.svg', 'text/plain', 'text/plain', `<?xml version="1.0"?>${SVG}`],
  ['g.html', 'text/html', BYTES, POLYGLOT],
  ['g.txt', 'text/plain', 'text/plain', POLYGLOT],
  ['h.pdf', 'application/pdf', 'application/pdf', HTML],
  ['i.mp4', 'video/mp4', 'video/mp4', HTML],
  ['j.js', 'text/javascript', BYTES, 'alert(1)'],
  ['k.css', 'text/css', BYTES, '* { display: none }'],
  ['l.txt', 'text/plain', 'text/plain', LATIN1],
  ['m.png', 'image/png', 'image/png', ''],
  ['n.docx', 'application/msword', BYTES, FILE_HEADS.zip.bytes],
];

const SHOWN_IF_ASKED: readonly Sample[] = [
  ['a.png', 'image/png', 'image/png', PNG],
  ['b.png', 'Image/PNG; name=b.png', 'image/png', PNG],
  ['c.gif', 'image/gif', 'image/gif', POLYGLOT],
  ['d.pdf', 'application/pdf', 'application/pdf', PDF],
  ['e.webm', 'audio/webm', 'audio/webm', WEBM],
  ['f.svg', 'text/plain', TEXT, SVG],
  ['g.html', 'text/plain', TEXT, HTML],
  ['h.txt', 'text/plain; charset=latin1', TEXT, 'é'],
];

/** Whatever it is: nothing of it runs, and it tells others nothing. */
const GUARDS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

// D-23
describe.each(ADAPTERS)('a file of a client on %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Downloads], ...parts });
  async function stored([name, type, , content]: Sample): Promise<string> {
    const bytes = Buffer.from(content);
    return `${running.url}/files/${await storeFile(running, bytes, { name, type })}`;
  }

  it.each(NEVER_SHOWN)('%s, as %s, is attached', async (...sample) => {
    const [, , sent, content] = sample;
    const url = await stored(sample);
    for (const query of ['', '?disposition=inline']) {
      const answer = await answerTo(url + query);
      expect(answer).toMatchObject({ status: 200, how: 'attachment' });
      expect(answer.headers).toMatchObject(GUARDS);
      expect(essence(answer.type)).toBe(sent);
      expect(answer.body.equals(Buffer.from(content))).toBe(true);
    }
  });

  it.each(SHOWN_IF_ASKED)(
    '%s, as %s, is shown if that is asked',
    async (...sample) => {
      const [, , sent, content] = sample;
      const url = await stored(sample);
      const plain = await answerTo(url);
      expect(plain).toMatchObject({ status: 200, how: 'attachment' });
      expect(plain.headers).toMatchObject(GUARDS);
      expect(essence(plain.type)).toBe(essence(sent));
      const shown = await answerTo(`${url}?disposition=inline`);
      expect(shown).toMatchObject({ status: 200, how: 'inline' });
      expect(shown.headers).toMatchObject(GUARDS);
      expect(shown.type).toBe(sent);
      expect(shown.body.equals(Buffer.from(content))).toBe(true);
    },
  );

  it('is shown or attached alike to HEAD and to a range without its beginning', async () => {
    for (const [sample, how] of [
      [['a.png', 'image/png', '', PNG], 'inline'],
      [['b.png', 'image/png', '', PDF], 'attachment'],
    ] as const) {
      const url = `${await stored(sample)}?disposition=inline`;
      const Range = `bytes=${sample[3].length - 2}-`;
      const head = await answerTo(url, { method: 'HEAD' });
      expect(head).toMatchObject({ status: 200, how, type: 'image/png' });
      const part = await answerTo(url, { headers: { Range } });
      expect(part).toMatchObject({ status: 206, how, type: 'image/png' });
    }
  });
});

describe('a file that came as a form', () => {
  const running = useRunningApp({ controllers: [KeptUploads, Downloads] });

  it.each([
    ['image/png', PNG, 'inline'],
    ['image/png', PDF, 'attachment'],
    ['text/html', PNG, 'attachment'],
  ])('as %s is judged by its bytes', async (type, content, how) => {
    const disposition = 'name="file"; filename="a.png"';
    const part = { disposition, type, content };
    const { json } = await postForm(`${running.url}/one`, part);
    expect(json).not.toHaveProperty('detected');
    const { filename } = json as { readonly filename: string };
    const url = `${running.url}/files/${filename}?disposition=inline`;
    expect(await answerTo(url)).toMatchObject({ status: 200, how });
  });
});

/** An answer, and what a browser does with it. */
async function answerTo(url: string, sending?: Sending) {
  const answer = await receive(url, sending);
  const { headers } = answer;
  const [how] = (headers['content-disposition'] ?? '').split(';');
  return { ...answer, how, type: headers['content-type'] };
}

/** Express says the letters of an attached text on its own. */
function essence(type: string | undefined): string | undefined {
  return type?.split(';')[0];
}
