import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Broadcaster } from 'rookery';
import { ReportQueue } from './report-queue.service.js';
import type { Order, ReportEvents } from './report.js';

const steps = 4;
/** How long each takes, in milliseconds. */
const stepTime = Number(process.env['STEP_TIME'] ?? 500);

/** Writes reports, and tells their users how far they are: on whichever node, at how many devices. */
@Injectable()
export class ReportWriter implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #end = new AbortController();
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly queue: ReportQueue,
    private readonly broadcaster: Broadcaster<ReportEvents>,
  ) {}

  /** What fails ends the process: whoever starts it again has the report written then. */
  onApplicationBootstrap(): void {
    this.#writing = this.#writeAll();
  }

  /** Lets the report be finished that is being written. */
  async onModuleDestroy(): Promise<void> {
    this.#end.abort();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await this.queue.giveBack();
    for await (const order of this.queue.take(this.#end.signal)) await this.#write(order);
  }

  async #write({ report, user, title }: Order): Promise<void> {
    for (let step = 1; step <= steps; step++) {
      await pause(stepTime);
      this.broadcaster.toUser(user).emit('progress', { report, percent: (step * 100) / steps });
    }
    const worker = String(process.pid);
    this.broadcaster.toUser(user).emit('ready', { report, text: `${title}: all is well`, worker });
  }
}
