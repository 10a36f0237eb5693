import { UnauthorizedException } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import passport, { type Strategy } from 'passport';
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt';

const secret = 'a secret of the specs';

/** A token that the strategy `jwt` accepts. @param expiresIn in seconds. */
export function tokenOf(name: string, expiresIn = 3_600): string {
  return jwt.sign({ sub: name }, secret, { expiresIn });
}

/** A token with a signature of somebody else. */
export const forgedToken = jwt.sign({ sub: 'Mallory' }, 'another secret', { expiresIn: 3_600 });

/** The options of a strategy for tokens of `tokenOf`. */
export const jwtOptions = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret };

/** What passport gives a strategy to decide with. */
interface Actions {
  success(user?: object): void;
  fail(challenge?: string, status?: number): void;
  redirect(url: string): void;
  pass(): void;
  error(error: Error): void;
}

/** Registers a strategy that does one thing. */
export function registerStrategy(
  name: string,
  authenticate: (this: Actions, request: never, options: never) => void,
): void {
  passport.use(name, { authenticate } as unknown as Strategy);
}

/** Registers `jwt`, whose users are what the token holds. */
export function registerJwt(): void {
  const strategy = new JwtStrategy(jwtOptions, (payload: { sub: string }, done) => {
    if (payload.sub === 'Banned') done(new UnauthorizedException('Banned'), false);
    else done(null, payload.sub === 'Nobody' ? false : payload);
  });
  passport.use('jwt', strategy);
}

export { passport };
