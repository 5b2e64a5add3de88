import type { HttpAdapterHost } from '@nestjs/core';

/** What an application on Fastify is told, at its start and with each form. */
export const EXPRESS_ONLY =
  'The Encrypted…Interceptors take forms on Express alone, and this application runs on Fastify: parse the form there, and give encryptUpload the stream of each file.';

/** Whether the application runs on Fastify, of whose requests multer can read nothing. */
export function isOnFastify(host: HttpAdapterHost | undefined): boolean {
  // There is no adapter where an application serves no requests.
  const adapter: { getType(): string } | null | undefined = host?.httpAdapter;
  return adapter?.getType() === 'fastify';
}
