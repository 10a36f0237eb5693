import { Controller, Get } from '@nestjs/common';
import { InjectServer, type Server } from 'rookery';

/** What one worker knows of all. */
@Controller('workers')
export class WorkersController {
  constructor(@InjectServer() private readonly server: Server) {}

  @Get()
  async count(): Promise<{ pid: number; workers: number; clients: number }> {
    const { adapter } = this.server.of('/');
    const [workers, sockets] = await Promise.all([adapter.serverCount(), this.server.fetchSockets()]);
    return { pid: process.pid, workers, clients: sockets.length };
  }
}
