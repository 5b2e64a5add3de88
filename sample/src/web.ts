import type { NestExpressApplication } from '@nestjs/platform-express';
import cookieSession from 'cookie-session';
import {
  type NextFunction,
  type Request,
  type Response,
  urlencoded,
} from 'express';
import type { Configuration } from './configuration.js';

/** A gigabyte over a slow line takes longer than Node's own five minutes. */
const LONGEST_REQUEST = 6 * 60 * 60 * 1000;

/** The page loads its own files, and nothing else from anywhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "media-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page of a link has no script, and sends nothing but its own form. */
const LINK_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Robots-Tag': 'noindex',
};

/** What stands before the controllers: headers, the page, JSON, the session. */
export function prepareWeb(
  app: NestExpressApplication,
  { page, cookieSecret }: Configuration,
): void {
  app.getHttpServer().requestTimeout = LONGEST_REQUEST;
  app.disable('x-powered-by');
  app.use(protect);
  app.useStaticAssets(page);
  // JSON and nothing else: a form on a foreign page cannot send it.
  app.useBodyParser('json');
  app.use(
    '/api',
    neverCache,
    cookieSession({
      name: 'session',
      keys: [cookieSecret],
      httpOnly: true,
      // Cookies of other sites' requests are not sent: no forged requests.
      sameSite: 'strict',
    }),
  );
  app.use(
    '/d',
    neverCache,
    protectLinks,
    // The page of a link works without a script: its form is a plain one. With
    // no session there is nothing that a form on a foreign page could misuse.
    urlencoded({ extended: false, limit: '10kb' }),
  );
}

function protect(_request: Request, response: Response, next: NextFunction) {
  response.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
  next();
}

function protectLinks(
  _request: Request,
  response: Response,
  next: NextFunction,
) {
  response.set(LINK_HEADERS);
  next();
}

function neverCache(_request: Request, response: Response, next: NextFunction) {
  response.set('Cache-Control', 'no-store');
  next();
}
