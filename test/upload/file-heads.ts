/** How a file begins, and what that shows. */
export interface FileHeadSample {
  readonly bytes: Buffer;
  /** Undefined where nothing is known. */
  readonly detected: string | undefined;
}

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const sample = (bytes: Buffer, detected?: string): FileHeadSample => ({
  bytes,
  detected,
});

/** A script, as HTML and SVG have it. */
const SCRIPT = '<script>alert(1)</script>';

/** An SVG that runs a script when it is shown as a page. */
export const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><circle r="1"/></svg>';

/** An HTML page with a script. */
export const HTML = `<!doctype html><title>é</title>${SCRIPT}`;

/** Beginnings of real files. PNG, GIF and WebP are whole: one pixel each. */
export const FILE_HEADS = {
  png: sample(
    hex(
      '89504e470d0a1a0a 0000000d49484452 00000001000000010802000000 907753de' +
        '0000000c49444154 789c63f8cfc0000003010100 c9fe92ef' +
        '0000000049454e44ae426082',
    ),
    'image/png',
  ),
  apng: sample(
    hex(
      '89504e470d0a1a0a 0000000d49484452 00000001000000010802000000 907753de' +
        '000000086163544c 0000000100000000 b42de9a0 0000001a6663544c',
    ),
    'image/apng',
  ),
  jpeg: sample(
    hex('ffd8ffe0 00104a464946 000101000001000100 00 ffdb0043 00080606'),
    'image/jpeg',
  ),
  gif: sample(
    hex(
      '474946383961 0100010080 0000 ffffff000000 2c00000000010001000002024401003b',
    ),
    'image/gif',
  ),
  webp: sample(
    hex(
      '52494646 1a000000 57454250 5650384c 0d000000 2f000000 10071011 1188 88fe0700',
    ),
    'image/webp',
  ),
  avif: sample(
    hex('0000001c 66747970 61766966 00000000 61766966 6d696631 6d696166'),
    'image/avif',
  ),
  pdf: sample(
    latin1('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n'),
    'application/pdf',
  ),
  'pdf of ASCII': sample(
    latin1('%PDF-1.4\n1 0 obj\n<< >>\nendobj\n'),
    'application/pdf',
  ),
  mp4: sample(
    hex(
      '00000018 66747970 69736f6d 00000200 69736f6d 6d703431 0000000866726565',
    ),
    'video/mp4',
  ),
  m4a: sample(
    hex('00000018 66747970 4d344120 00000200 4d344120 69736f6d'),
    'audio/x-m4a',
  ),
  webm: sample(
    hex(
      '1a45dfa3 9f 4286 81 01 42f7 81 01 42f2 81 04 42f3 81 08 4282 84 7765626d 4287 81 04 4285 81 02',
    ),
    'video/webm',
  ),
  'mp3 with ID3': sample(
    hex('494433 0300 00 0000000a 54495432000000000000 fffb9064 00000000'),
    'audio/mpeg',
  ),
  'mp3 without ID3': sample(hex('fffb9064 00000000 00000000'), 'audio/mpeg'),
  wav: sample(
    hex(
      '52494646 24000000 57415645 666d7420 10000000 01000100 44ac0000 88580100 02001000 64617461 00000000',
    ),
    'audio/wav',
  ),
  'ogg of Vorbis': sample(
    hex(
      '4f676753 0002 0000000000000000 01000000 00000000 00000000 01 1e 01766f72626973 00000000 02 44ac0000',
    ),
    'audio/ogg',
  ),
  'ogg of Opus': sample(
    hex(
      '4f676753 0002 0000000000000000 01000000 00000000 00000000 01 13 4f70757348656164 01 02 3801 80bb0000 0000 00',
    ),
    'audio/ogg',
  ),
  zip: sample(
    hex(
      '504b0304 1400 0000 0000 00000000 00000000 00000000 00000000 0100 0000 61',
    ),
    'application/zip',
  ),
  'zip that says what it is': sample(
    Buffer.concat([
      hex('504b0304 1400 0000 0000 00000000 00000000 14000000 14000000'),
      hex('0800 0000'),
      latin1('mimetypeapplication/epub+zip'),
    ]),
    'application/zip',
  ),
  gzip: sample(hex('1f8b0800000000000003 cb48cdc9c907'), 'application/gzip'),
  xml: sample(latin1('<?xml version="1.0"?><a/>'), 'application/xml'),
  'svg with a prologue': sample(
    latin1(`<?xml version="1.0"?>${SVG}`),
    'application/xml',
  ),
  svg: sample(latin1(SVG), 'text/plain'),
  html: sample(Buffer.from(HTML), 'text/plain'),
  'GIF that is HTML': sample(latin1(`GIF89a/*${SCRIPT}*/=1;`), 'image/gif'),
  'text of ASCII': sample(latin1('one\r\n\ttwo\f\u001b[1mthree'), 'text/plain'),
  'text of UTF-8': sample(Buffer.from('Grüße, 報告 😀\n'), 'text/plain'),
  'text with a byte order mark': sample(
    Buffer.from('\ufeffGrüße'),
    'text/plain',
  ),
  'one letter': sample(latin1('a'), 'text/plain'),
  'text of latin1': sample(latin1('Gr\xfc\xdfe')),
  'text of UTF-16': sample(Buffer.from('Grüße', 'utf16le')),
  'text with a zero': sample(latin1('a\0b')),
  'text with a backspace': sample(latin1('a\bb')),
  'text with a delete': sample(latin1('a\x7fb')),
  'text with a control character of C1': sample(Buffer.from('a\u0085b')),
  'half a letter': sample(Buffer.from('é').subarray(0, 1)),
  'bytes of no kind': sample(hex('07 c0ffee 00 80818283 fe')),
  nothing: sample(Buffer.alloc(0)),
} as const satisfies Record<string, FileHeadSample>;
