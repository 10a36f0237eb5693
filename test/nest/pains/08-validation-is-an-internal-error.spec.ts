import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Body, Controller, Post, ValidationPipe } from '@nestjs/common';
import { IsEmail, Min } from 'class-validator';
import { MessageBody, SubscribeAck, WebSocketGateway } from '../../../lib/index.js';
import { startApp } from '../support.js';

class Registration {
  @IsEmail() email!: string;
  @Min(18) age!: number;
}

@Controller('registrations')
class RegistrationsController {
  @Post()
  register(@Body() { email }: Registration): string {
    return email;
  }
}

@WebSocketGateway()
class RegistrationsGateway {
  @SubscribeAck('register')
  register(@MessageBody() registration: Registration): unknown {
    return { isMade: registration instanceof Registration };
  }
}

describe('ValidationPipe answers "Internal server error" (nestjs/nest#3476, nestjs/nest#5267, nestjs/nest#13190)', () => {
  it('answers what it answers over HTTP, with the same DTO and the same pipe', async () => {
    await using running = await startApp({
      providers: [RegistrationsGateway],
      controllers: [RegistrationsController],
      configure: (app) => app.useGlobalPipes(new ValidationPipe({ transform: true })),
    });
    const invalid = { email: 'nobody', age: 3 };
    const response = await fetch(`${running.url}/registrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(invalid),
    });
    const { statusCode, message } = (await response.json()) as { statusCode: number; message: string[] };
    expect(message).toContain('email must be an email');

    const client = await running.clients.connect();
    expect(await client.emitWithAck('register', invalid)).toEqual({
      ok: false,
      error: { status: statusCode, message: 'Bad Request', details: message },
    });
    expect(await client.emitWithAck('register', { email: 'a@b.example', age: 20 })).toEqual({
      ok: true,
      data: { isMade: true },
    });
    expect(running.logger.errors).toEqual([]);
  });
});
