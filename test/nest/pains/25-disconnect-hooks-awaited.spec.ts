import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayDisconnect, type Socket } from '../../../lib/index.js';
import { startApp } from '../support.js';

@Injectable()
class Database implements OnModuleDestroy {
  readonly saved: string[] = [];
  #isOpen = true;
  async save(line: string): Promise<void> {
    await new Promise(setImmediate);
    if (!this.#isOpen) throw new Error('The database is closed');
    this.saved.push(line);
  }
  onModuleDestroy(): void {
    this.#isOpen = false;
  }
}

@WebSocketGateway()
class Gateway implements OnGatewayDisconnect {
  constructor(private readonly database: Database) {}
  async handleDisconnect(_socket: Socket, reason: string): Promise<void> {
    await this.database.save(reason);
    await this.database.save('done');
  }
}

describe('an async handleDisconnect() is not awaited at shutdown (nestjs/nest#11390)', () => {
  it('it ends before what it uses is destroyed', async () => {
    const running = await startApp({ providers: [Database, Gateway] });
    await running.clients.connect();
    await running.app.close();
    expect(running.app.get(Database).saved).toEqual(['server shutting down', 'done']);
    expect(running.logger.errors).toEqual([]);
  });
});
