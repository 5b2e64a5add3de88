import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whileSending } from '../../lib/upload/idle-form.js';
import { rejectionOf } from '../core/thrown.js';
import { LogCapture } from '../e2e/log-capture.js';

describe('a form of which nothing comes', () => {
  const log = new LogCapture();
  beforeEach(() => {
    Logger.overrideLogger(log);
    log.clear();
  });
  afterEach(() => {
    Logger.overrideLogger(true);
  });

  it('is ended also where its removal fails, which is logged', async () => {
    const idle = waitFor(never(), () => Promise.reject(new Error('no disk')));
    expect(await rejectionOf(idle)).toHaveProperty('code', 'UPLOAD_IDLE');
    expect(log.lines).toEqual([
      {
        level: 'warn',
        text: expect.stringMatching(
          /could not be removed: Error: no disk/,
        ) as string,
      },
    ]);
  });

  it('is ended with the fault that was known of it, and removed all the same', async () => {
    const fault = new Error('It was refused.');
    const request = new IncomingMessage(new Socket());
    const parsing = new Promise<never>((_, reject) => {
      request.once('error', () => reject(fault));
    });
    let isRemoved = false;
    const refused = waitFor(
      parsing,
      async () => {
        isRemoved = true;
      },
      request,
    );
    expect(await rejectionOf(refused)).toBe(fault);
    expect(isRemoved).toBe(true);
  });
});

function waitFor(
  parsing: Promise<never>,
  abandon: () => Promise<void>,
  request = new IncomingMessage(new Socket()),
): Promise<never> {
  const response = new ServerResponse(request);
  return whileSending(parsing, { request, response, seconds: 1, abandon });
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
