import { ForbiddenException, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedSocket } from 'rookery';
import type { LoggedIn } from '../auth/user.js';
import { UsersService } from '../auth/users.service.js';

/** Keeps banned users out, and tells them why. */
@Injectable()
export class NotBannedGuard implements CanActivate {
  constructor(private readonly users: UsersService) {}

  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToWs().getClient<AuthenticatedSocket<LoggedIn>>();
    if (this.users.isBanned(user)) throw new ForbiddenException('You are banned');
    return true;
  }
}
