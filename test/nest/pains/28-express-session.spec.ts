import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Controller, Injectable, Post, Req, type NestMiddleware } from '@nestjs/common';
import type { Request, Response } from 'express';
import session from 'express-session';
import { Session, SubscribeMessage, WebSocketGateway } from '../../../lib/index.js';
import { transportLists } from '../../support/clients.js';
import { startApp } from '../support.js';

@Injectable()
class Secrets {
  readonly current: string = 'of the specs';
}

/** One session for controllers and gateways, made of what it injects. */
@Injectable()
class SessionMiddleware implements NestMiddleware {
  readonly #run: ReturnType<typeof session>;
  constructor(secrets: Secrets) {
    this.#run = session({ secret: secrets.current, resave: false, saveUninitialized: false });
  }
  use(request: Request, response: Response, next: () => void): void {
    this.#run(request, response, next);
  }
}

@Controller()
class Login {
  @Post('login')
  login(@Req() request: { session: { name?: string } }): string {
    request.session.name = 'Ada';
    return 'welcome';
  }
}

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('name')
  name(@Session('name') name: string | undefined): string {
    return name ?? 'nobody';
  }
}

describe('no express-session in gateways (nestjs/nest#445)', () => {
  it.each(transportLists)('@Session() is that of the controllers, over %s', async (_name, transports) => {
    await using running = await startApp({
      options: { engineMiddlewares: [SessionMiddleware] },
      providers: [Secrets, SessionMiddleware, Gateway],
      controllers: [Login],
      configure: (app) => {
        const shared = app.get(SessionMiddleware);
        app.use((request: Request, response: Response, next: () => void) => shared.use(request, response, next));
      },
    });
    const welcome = await fetch(`${running.url}/login`, { method: 'POST' });
    const cookie = welcome.headers.getSetCookie()[0]!.split(';')[0]!;
    const known = await running.clients.connect('/', { transports, extraHeaders: { cookie } });
    expect(await known.emitWithAck('name')).toBe('Ada');
    expect(await (await running.clients.connect('/', { transports })).emitWithAck('name')).toBe('nobody');
  });
});
