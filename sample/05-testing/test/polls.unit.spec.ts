import { describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';
import { NotFoundException } from '@nestjs/common';
import type { Broadcaster } from 'rookery';
import type { ServerEvents } from '../src/poll.events.js';
import { PollsGateway } from '../src/polls.gateway.js';
import { PollsService } from '../src/polls.service.js';

type PollSocket = Parameters<PollsGateway['watch']>[0];

describe('the gateway, as a class', () => {
  it('puts who watches a poll into its room', async () => {
    const gateway = new PollsGateway(new PollsService(), {} as Broadcaster<ServerEvents>);
    const join = jest.fn();
    const socket = { join } as unknown as PollSocket;
    expect(await gateway.watch(socket, 'lunch')).toEqual({ pizza: 0, soup: 0 });
    expect(join).toHaveBeenCalledWith('poll:lunch');
  });

  it('puts nobody into the room of a poll that is none', async () => {
    const gateway = new PollsGateway(new PollsService(), {} as Broadcaster<ServerEvents>);
    const join = jest.fn();
    await expect(gateway.watch({ join } as unknown as PollSocket, 'dinner')).rejects.toThrow(NotFoundException);
    expect(join).not.toHaveBeenCalled();
  });
});
