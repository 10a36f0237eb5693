import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { SocketIoHealthIndicator, type SocketIoHealth } from 'rookery';

/** What a load balancer, or Kubernetes, asks. */
@Controller('health')
export class HealthController {
  constructor(private readonly indicator: SocketIoHealthIndicator) {}

  /** Whether the process is alive: a Redis that is away is no reason to start it anew. */
  @Get('live')
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  /** Whether new clients should come here. */
  @Get('ready')
  async ready(): Promise<SocketIoHealth> {
    const { 'socket.io': health } = await this.indicator.isHealthy();
    if (health.status === 'down') throw new ServiceUnavailableException(health);
    return health;
  }
}
