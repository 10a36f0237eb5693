import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Body, Controller, Inject, Injectable, Post } from '@nestjs/common';
import { Broadcaster, InjectNamespace, InjectServer, WebSocketGateway } from '../../../lib/index.js';
import type { Namespace, Server } from '../../../lib/server/index.js';
import { next } from '../../support/clients.js';
import { startApp } from '../support.js';

/** Depends on no gateway, and no gateway on it. */
@Injectable()
class News {
  constructor(
    @Inject(Broadcaster) private readonly broadcaster: Broadcaster,
    @InjectNamespace('/news') private readonly namespace: Namespace,
    @InjectServer() server: Server,
  ) {
    // There is nobody yet: none of these is kept for later, and none fails.
    broadcaster.emit('headline', 'from a constructor');
    namespace.to('readers').emit('headline', 'from a constructor');
    server.of('/news').emit('headline', 'from a constructor');
  }
  publish(headline: string): void {
    this.broadcaster.of('/news').emit('headline', headline);
    this.namespace.emit('end');
  }
}

@Controller('news')
class NewsController {
  constructor(@Inject(News) private readonly news: News) {}
  @Post()
  publish(@Body('headline') headline: string): void {
    this.news.publish(headline);
  }
}

@WebSocketGateway({ namespace: '/news' })
class NewsGateway {}

describe('the server is out of reach of services (nestjs/nest#134, nestjs/nest#682, nestjs/nest#1236)', () => {
  it('is injected, and used from the constructor on, and from a request', async () => {
    await using running = await startApp({ providers: [News, NewsGateway], controllers: [NewsController] });
    const client = await running.clients.connect('/news');
    const headlines: unknown[] = [];
    client.on('headline', (headline) => headlines.push(headline));
    const end = next(client, 'end');
    await fetch(`${running.url}/news`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ headline: 'It works' }),
    });
    await end;
    expect(headlines).toEqual(['It works']);
  });
});
