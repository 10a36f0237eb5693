import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Socket } from 'rookery';

/** Lets in the sockets that said they are staff when they connected. */
@Injectable()
export class StaffGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getClient<Socket>().handshake.auth['role'] === 'staff';
  }
}
