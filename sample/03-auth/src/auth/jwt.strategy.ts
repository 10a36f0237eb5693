import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { LoginsService, type TokenPayload } from './logins.service.js';
import type { LoggedIn } from './user.js';

const { fromAuthHeaderAsBearerToken, fromExtractors } = ExtractJwt;
const fromCookie = ({ cookies }: { cookies?: { token?: string } }): string | null => cookies?.token ?? null;

/** Knows the bearers of tokens, over HTTP and on sockets. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly logins: LoginsService) {
    super({
      jwtFromRequest: fromExtractors([fromAuthHeaderAsBearerToken(), fromCookie]),
      secretOrKey: logins.secret,
      algorithms: ['HS256'],
    });
  }

  /** What it returns is `request.user`, and `socket.user`; `false` refuses. */
  validate(payload: TokenPayload): LoggedIn | false {
    return this.logins.whoHas(payload) ?? false;
  }
}
