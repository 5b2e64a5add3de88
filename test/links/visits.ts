import type { Sending } from '../e2e/http-client.js';

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** Requests that look at a link and take nothing of it. */
export const VISITS: readonly (readonly [visit: string, sending: Sending])[] = [
  ['HEAD', { method: 'HEAD' }],
  [
    'a prefetch',
    { headers: { 'Sec-Purpose': 'prefetch', 'User-Agent': BROWSER } },
  ],
  [
    'a chat that makes a preview',
    {
      headers: {
        'User-Agent':
          'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
      },
    },
  ],
  [
    'a browser that shows the page',
    { headers: { 'User-Agent': BROWSER, Accept: 'text/html' } },
  ],
  ['a range without a lease', { headers: { Range: 'bytes=0-9' } }],
  [
    'a range with a lease that was made up',
    {
      headers: {
        Range: 'bytes=0-9',
        Cookie: `download-link-0=${'A'.repeat(43)}; session=1`,
      },
    },
  ],
];
