import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Socket } from 'rookery';

/** The token of the key that hosts send as a header. */
export const HOST_KEY = Symbol('HOST_KEY');

/** Lets in who has the key of the host; nobody where there is none. */
@Injectable()
export class HostGuard implements CanActivate {
  constructor(@Inject(HOST_KEY) private readonly key: string | undefined) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToWs().getClient<Socket>().handshake;
    return this.key !== undefined && headers['x-host-key'] === this.key;
  }
}
