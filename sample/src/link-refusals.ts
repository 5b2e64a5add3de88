import { FileEncryptorError, type ErrorCode } from 'nestjs-file-encryptor';
import { hideError } from './hidden-error.js';
import type { Refusal } from './link-pages.js';

const ASK = 'Ask whoever sent it to you for a new one.';

/** What a person is told who can do something about it, or at least know. */
const WORDS: Partial<Readonly<Record<ErrorCode, Refusal>>> = {
  LINK_INVALID: {
    title: 'There is no such link.',
    text: 'Check that its address is complete. It may also have been revoked, or its file deleted.',
  },
  LINK_EXPIRED: { title: 'This link has expired.', text: ASK },
  LINK_SPENT: {
    title: 'This link is used up.',
    text: `The file has been downloaded as often as the link allows. ${ASK}`,
  },
  LINK_NOT_YET: {
    title: 'This link is not open yet.',
    text: 'It will be later.',
    again: true,
  },
  LINK_LOCKED: {
    title: 'Too many wrong passwords.',
    text: 'Wait a quarter of an hour before you try again.',
    again: true,
  },
  LINK_BUSY: {
    title: 'This download is still running.',
    text: 'Wait until it has ended before you start another.',
    again: true,
  },
};

/** Puts an error into words. What is the server's own fault goes to the log. */
export function refusalFor(
  error: unknown,
): Refusal & { readonly status: number } {
  if (error instanceof FileEncryptorError && error.status < 500) {
    const { status, code, message } = error;
    const unforeseen = { title: 'The file cannot be sent.', text: message };
    return { status, ...(WORDS[code] ?? unforeseen) };
  }
  const { message } = hideError(error);
  const title = 'The file cannot be sent now.';
  return { status: 500, title, text: message, again: true };
}
