import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Controller, Get, Injectable, Req, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { CurrentUser, NamespaceAuth, SubscribeAck, WebSocketGateway } from '../../../lib/index.js';
import { jwtOptions, tokenOf } from '../passport-strategies.js';
import { refusal } from '../refusal.js';
import { startApp } from '../support.js';

interface User {
  readonly name: string;
}

/** The strategy and the guard of an application, as the documentation of Nest has them. */
@Injectable()
class AppStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super(jwtOptions);
  }
  validate({ sub }: { sub: string }): User {
    return { name: sub };
  }
}
@Injectable()
class JwtAuthGuard extends AuthGuard('jwt') {}

@Controller('me')
@UseGuards(JwtAuthGuard)
class MeController {
  @Get()
  me(@Req() { user }: { user: User }): User {
    return user;
  }
}

@WebSocketGateway()
@UseGuards(JwtAuthGuard)
class MeGateway {
  @SubscribeAck('me')
  me(@CurrentUser() user: User): User {
    return user;
  }
}

@WebSocketGateway({ namespace: '/members' })
@NamespaceAuth('jwt')
class MembersGateway extends MeGateway {}

const metadata = {
  imports: [PassportModule],
  providers: [AppStrategy, MeGateway, MembersGateway],
  controllers: [MeController],
};

describe('guards of passport do not work in gateways (nestjs/nest#3206, nestjs/nest#7542)', () => {
  it('work as they are: the guard of the controller, on events', async () => {
    await using running = await startApp(metadata);
    const token = tokenOf('Ada');
    const response = await fetch(`${running.url}/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(await response.json()).toEqual({ name: 'Ada' });
    const ada = await running.clients.connect('/', { auth: { token } });
    expect(await ada.emitWithAck('me')).toEqual({ ok: true, data: { name: 'Ada' } });
    const nobody = await running.clients.connect();
    expect(await nobody.emitWithAck('me')).toEqual({ ok: false, error: { status: 401, message: 'Unauthorized' } });
  });

  it('have their strategies decide who comes in', async () => {
    await using running = await startApp(metadata);
    expect(await refusal(running.clients, '/members')).toMatchObject({ data: { status: 401 } });
    const ada = await running.clients.connect('/members', { auth: { token: tokenOf('Ada') } });
    expect(await ada.emitWithAck('me')).toEqual({ ok: true, data: { name: 'Ada' } });
  });
});
