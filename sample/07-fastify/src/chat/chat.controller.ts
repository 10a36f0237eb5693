import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { Broadcaster } from 'rookery';
import type { ChatMessage, ServerEvents } from './chat.events.js';
import { ChatService } from './chat.service.js';

/** The same rooms over HTTP: `curl -d from=Ann -d text=Hello localhost:3000/rooms/lobby`. */
@Controller('rooms/:room')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  @Get()
  history(@Param('room') room: string): readonly ChatMessage[] {
    return this.chat.history(`room:${room}`);
  }

  @Post()
  send(@Param('room') room: string, @Body('from') from: unknown, @Body('text') text: unknown): ChatMessage {
    const message = this.chat.add(`room:${room}`, from, text);
    this.broadcaster.of('/chat').to(`room:${room}`).emit('message', message);
    return message;
  }
}
