import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { BoardGateway } from './board.gateway.js';
import { HealthController } from './health.controller.js';
import { RedisModule } from './redis.module.js';

@Module({
  imports: [
    SocketIoModule.forRootAsync({
      // Its SOCKET_ADAPTER is the adapter.
      imports: [RedisModule],
      // A WebSocket stays on its node: whatever stands in front may lead each to any.
      useFactory: () => ({ transports: ['websocket'], drainTimeout: 5_000 }),
    }),
  ],
  controllers: [HealthController],
  providers: [BoardGateway],
})
export class AppModule {}
