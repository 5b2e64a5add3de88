import { Controller, Get, Sse, UseInterceptors } from '@nestjs/common';
import { concat, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DownloadInterceptor } from 'nestjs-file-encryptor';
import { begin, receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS } from './download-server.js';

@Controller()
@UseInterceptors(DownloadInterceptor)
class Others {
  @Sse('events')
  events() {
    return concat(of({ data: 'first' }, { data: 'second' }), NEVER);
  }

  @Get('last')
  last() {
    return of('first', 'last');
  }
}

describe.each(ADAPTERS)('beside downloads, on %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Others], ...parts });

  it('events are sent as they come', async () => {
    const response = await begin(`${running.url}/events`);
    let received = '';
    for await (const chunk of response) {
      received += String(chunk);
      if (received.includes('data: second')) break;
    }
    expect(received).toContain('data: first');
  });

  it('the last of several values is the answer, as without the interceptor', async () => {
    const { body } = await receive(`${running.url}/last`);
    expect(body.toString()).toBe('last');
  });
});
