import { BadRequestException, Injectable } from '@nestjs/common';
import type { NamespaceMiddleware, NextFunction } from 'rookery';
import type { ProjectSocket } from './project.js';

/** Believes everybody's name; `sample/03-auth` shows how to know it. */
@Injectable()
export class NameMiddleware implements NamespaceMiddleware<ProjectSocket> {
  use(socket: ProjectSocket, next: NextFunction): void {
    const { name } = socket.handshake.auth;
    if (typeof name !== 'string' || name === '') throw new BadRequestException('Who are you?');
    socket.data.name = name;
    next();
  }
}
