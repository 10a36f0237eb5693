import { Body, Controller, HttpCode, NotFoundException, Param, Post, Req, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { Broadcaster } from 'rookery';
import type { LoggedIn } from '../auth/user.js';
import { UsersService } from '../auth/users.service.js';
import { TextPipe } from '../text.pipe.js';
import type { MembersEvents } from './members.events.js';

/** Tells one user something, on every device. */
@Controller('notices')
@UseGuards(AuthGuard('jwt'))
export class NoticesController {
  constructor(
    private readonly users: UsersService,
    private readonly broadcaster: Broadcaster<MembersEvents>,
  ) {}

  @Post(':name')
  @HttpCode(202)
  notify(
    @Param('name') name: string,
    @Body('text', new TextPipe('A notice', 500)) text: string,
    @Req() { user }: { user: LoggedIn },
  ): void {
    const to = this.users.find(name);
    if (to === undefined) throw new NotFoundException(`There is no ${name}`);
    this.broadcaster.toUser(to.id, '/members').emit('notice', { from: user.name, text });
  }
}
