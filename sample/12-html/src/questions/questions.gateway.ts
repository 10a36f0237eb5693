import { ParseIntPipe } from '@nestjs/common';
import { Broadcaster, MessageBody, OnConnect, PublicNamespace, SubscribeAck, WebSocketGateway } from 'rookery';
import type { PageSocket, Question, ServerEvents } from './question.js';
import { QuestionsService } from './questions.service.js';
import { TextPipe } from './text.pipe.js';

@WebSocketGateway()
@PublicNamespace()
export class QuestionsGateway {
  constructor(
    private readonly questions: QuestionsService,
    private readonly broadcaster: Broadcaster<ServerEvents>,
  ) {}

  /** Comes before the answer to anything the page sends, also what waited for the connection. */
  @OnConnect()
  connected(socket: PageSocket): void {
    socket.emit('questions', this.questions.all());
  }

  @SubscribeAck()
  ask(@MessageBody(new TextPipe('A question')) text: string): Question {
    return this.tellAll(this.questions.add(text));
  }

  @SubscribeAck()
  answer(
    @MessageBody('id', ParseIntPipe) id: number,
    @MessageBody('text', new TextPipe('An answer')) text: string,
  ): Question {
    return this.tellAll(this.questions.answer(id, text));
  }

  private tellAll(question: Question): Question {
    this.broadcaster.emit('question', question);
    return question;
  }
}
