import { expect } from 'vitest';
import type { Answer } from './visitor.js';

/** What a browser says it takes when it follows a link or sends a form. */
export const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
};

/**
 * Checks that an answer is an error in the one shape, or a page.
 *
 * @returns its status and code, such as `410 LINK_SPENT`, or `410 page`.
 */
export function outcomeOf(answer: Answer): string {
  if (answer.headers.get('content-type')?.startsWith('text/html')) {
    expectPage(answer, answer.status);
    return `${answer.status} page`;
  }
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  const { code, ...rest } = answer.json() as { code: string };
  expect(rest).toEqual({
    statusCode: answer.status,
    message: expect.stringMatching(/\S/) as string,
  });
  return `${answer.status} ${code}`;
}

/**
 * Checks that an answer is a page of the kind that stands under links: nothing
 * of it is kept, told to others or run.
 *
 * @returns its HTML.
 */
export function expectPage(answer: Answer, status: number): string {
  expect(answer.status).toBe(status);
  const { headers } = answer;
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toContain('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-robots-tag')).toBe('noindex');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/script-src|unsafe|\*|https?:|data:/);
  const page = answer.bytes.toString();
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).not.toMatch(/<script|<style|<[^>]*\s(style|on\w+)=/i);
  return page;
}

/** The number of forms of a page: the page of a link that works has one. */
export function formsIn(page: string): number {
  return page.split('<form').length - 1;
}
