import type { LinkedFileDescription } from 'nestjs-file-encryptor';
import { html, type Markup, type Part } from './html.js';

/** The page of a link that can be used: what it leads to, and one button. */
export function linkPage(
  { name, size, expiresAt, remaining, needsPassword }: LinkedFileDescription,
  problem?: string,
): string {
  return page(
    html`<h1>Somebody shares a file with you.</h1>
      <p class="shared-name" dir="auto">${name}</p>
      <p class="meta">
        <span>${sizeInWords(size)}</span>
        <span
          >${remaining === 1 ? '1 download' : `${remaining} downloads`}
          left</span
        >
        <span>until ${moment(expiresAt)}</span>
      </p>
      <form method="post">
        ${needsPassword ? passwordField(problem) : undefined}
        ${problem === undefined ? undefined : problemLine(problem)}
        <button type="submit" class="primary">Download</button>
      </form>
      <p class="note">
        The file was stored encrypted, and is verified before it leaves.
      </p>`,
  );
}

/** Why there is no file, in words for whoever has followed a link. */
export interface Refusal {
  readonly title: string;
  readonly text: string;
  /** Whether the same link may work later. */
  readonly again?: boolean;
}

/** The page that says why there is no file. */
export function refusalPage({ title, text, again }: Refusal): string {
  return page(
    html`<h1>${title}</h1>
      <p class="lead">${text}</p>
      ${again ? html`<p class="lead"><a href="">Try again</a></p>` : undefined}`,
  );
}

function passwordField(problem: string | undefined): Markup {
  return html`<label for="password">Password</label>
    <input
      id="password"
      name="password"
      type="password"
      autocomplete="off"
      required
      autofocus
      ${problem === undefined ? undefined : FAULTY}
    />`;
}

const FAULTY = html`aria-invalid="true" aria-describedby="problem"`;

function problemLine(problem: string): Markup {
  return html`<p id="problem" class="problem" role="alert">${problem}</p>`;
}

function page(content: Part): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>A shared file</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header class="masthead">
          <p class="brand">
            <img src="/icon.svg" alt="" width="26" height="26" />
            Private drive
          </p>
        </header>
        <main class="welcome">${content}</main>
      </body>
    </html>`.toString();
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

function sizeInWords(bytes: number): string {
  const thousands = Math.floor(Math.log10(Math.max(bytes, 1)) / 3);
  const power = Math.min(thousands, UNITS.length - 1);
  return new Intl.NumberFormat('en', {
    style: 'unit',
    unit: UNITS[power],
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumSignificantDigits: 3,
  }).format(bytes / 1000 ** power);
}

const dates = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

/** Where the reader is, the server does not know. */
function moment(date: Date): Markup {
  return html`<time datetime="${date.toISOString()}"
    >${dates.format(date)} UTC</time
  >`;
}
