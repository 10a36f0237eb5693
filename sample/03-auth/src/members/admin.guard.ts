import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { AuthenticatedSocket } from 'rookery';
import type { LoggedIn } from '../auth/user.js';

/** Lets admins alone call a handler. */
@Injectable()
export class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getClient<AuthenticatedSocket<LoggedIn>>().user.isAdmin;
  }
}
