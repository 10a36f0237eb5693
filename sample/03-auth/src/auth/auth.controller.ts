import { Body, Controller, HttpCode, Post, Req, Res, UnauthorizedException, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { CookieOptions, Response } from 'express';
import { Broadcaster } from 'rookery';
import { TextPipe } from '../text.pipe.js';
import { LoginsService } from './logins.service.js';
import type { LoggedIn } from './user.js';
import { UsersService } from './users.service.js';

/** No script reads it, and no other site's page sends it: neither requests nor WebSockets. Add `secure` behind HTTPS. */
const cookie: CookieOptions = { httpOnly: true, sameSite: 'strict' };

@Controller()
export class AuthController {
  constructor(
    private readonly users: UsersService,
    private readonly logins: LoginsService,
    private readonly broadcaster: Broadcaster,
  ) {}

  /** Answers with a token; or, where `remember` is asked for, puts it into a cookie. */
  @Post('login')
  @HttpCode(200)
  async login(
    @Body('name', new TextPipe('A name', 50)) name: string,
    @Body('password', new TextPipe('A password', 200)) password: string,
    @Body('remember') remember: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ name: string; token?: string }> {
    const user = await this.users.authenticate(name, password);
    if (user === undefined) throw new UnauthorizedException('Wrong name or password');
    const token = this.logins.issue(user);
    if (remember !== true) return { name, token };
    response.cookie('token', token, { ...cookie, maxAge: this.logins.lifetime * 1_000 });
    return { name };
  }

  /** Ends the login, and disconnects the sockets that came in with it; other logins of the user go on. */
  @Post('logout')
  @HttpCode(204)
  @UseGuards(AuthGuard('jwt'))
  logout(@Req() { user }: { user: LoggedIn }, @Res({ passthrough: true }) response: Response): void {
    this.logins.end(user);
    this.broadcaster.of('/members').in(`login:${user.login}`).disconnectSockets();
    response.clearCookie('token', cookie);
  }
}
