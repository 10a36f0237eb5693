import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AuthController } from './auth.controller.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LoginsService } from './logins.service.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [PassportModule],
  controllers: [AuthController],
  providers: [UsersService, LoginsService, JwtStrategy],
  exports: [UsersService, LoginsService],
})
export class AuthModule {}
