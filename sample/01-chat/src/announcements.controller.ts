import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { Broadcaster } from 'rookery';
import type { ServerEvents } from './chat/chat.events.js';
import { TextPipe } from './chat/text.pipe.js';

/** Tells everyone something: `curl -d text=Hello localhost:3000/announcements`. */
@Controller('announcements')
export class AnnouncementsController {
  constructor(private readonly broadcaster: Broadcaster<ServerEvents>) {}

  @Post()
  @HttpCode(202)
  announce(@Body('text', new TextPipe('An announcement', 200)) text: string): { announced: string } {
    this.broadcaster.of('/chat').emit('announcement', text);
    return { announced: text };
  }
}
