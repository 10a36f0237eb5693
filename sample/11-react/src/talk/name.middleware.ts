import { BadRequestException, Injectable } from '@nestjs/common';
import type { NamespaceMiddleware, NextFunction } from 'rookery';
import type { TalkSocket } from './talk.events.js';

/** Believes everybody's name; `sample/03-auth` shows how to know it. */
@Injectable()
export class NameMiddleware implements NamespaceMiddleware<TalkSocket> {
  use(socket: TalkSocket, next: NextFunction): void {
    const { name } = socket.handshake.auth;
    if (typeof name !== 'string' || name.length > 20) throw new BadRequestException('A name has 20 characters at most');
    socket.data.name = name;
    next();
  }
}
