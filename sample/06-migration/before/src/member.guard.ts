import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';

/** Lets in whoever has opened a board. */
@Injectable()
export class MemberGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const socket = context.switchToWs().getClient<{ data: { board?: string } }>();
    return socket.data.board !== undefined;
  }
}
