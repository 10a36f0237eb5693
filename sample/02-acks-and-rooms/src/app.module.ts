import { Module } from '@nestjs/common';
import { SocketIoModule } from 'rookery';
import { OrdersController } from './orders.controller.js';
import { OrdersGateway } from './orders.gateway.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [SocketIoModule.forRoot()],
  controllers: [OrdersController],
  providers: [OrdersGateway, OrdersService],
})
export class AppModule {}
