import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { UsersService } from './users.service.js';
import type { LoggedIn, User } from './user.js';

/** What a token holds. */
export interface TokenPayload {
  /** The name of the user. */
  readonly sub: string;
  readonly jti: string;
  readonly exp: number;
}

/** Gives out tokens, and takes them back. */
@Injectable()
export class LoginsService {
  /** Without one of yours, tokens end with the process. */
  readonly secret = process.env['JWT_SECRET'] ?? randomBytes(32).toString('hex');
  /** In seconds. */
  readonly lifetime = Number(process.env['TOKEN_LIFETIME'] ?? 900);
  /** Logins that are over, and when their tokens would have expired. */
  private readonly over = new Map<string, number>();

  constructor(private readonly users: UsersService) {}

  issue({ name }: User): string {
    return jwt.sign({}, this.secret, { subject: name, jwtid: randomUUID(), expiresIn: this.lifetime });
  }

  /** Who a token is of, if its login is not over. */
  whoHas({ sub, jti, exp }: TokenPayload): LoggedIn | undefined {
    const user = this.users.find(sub);
    return user === undefined || this.isOver(jti) ? undefined : { ...user, login: jti, exp };
  }

  end({ login, exp }: LoggedIn): void {
    const now = Date.now() / 1_000;
    for (const [old, expiry] of this.over) if (expiry < now) this.over.delete(old);
    this.over.set(login, exp);
  }

  isOver(login: string): boolean {
    return this.over.has(login);
  }
}
