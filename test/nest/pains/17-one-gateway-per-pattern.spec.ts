import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { SubscribeMessage as NestMessage, WebSocketGateway as NestGateway } from '@nestjs/websockets';
import {
  Namespace,
  NamespaceParam,
  SubscribeMessage,
  WebSocketGateway,
  type NamespaceName,
} from '../../../lib/index.js';
import { startApp } from '../support.js';

/** Lets in who sends the name of the team. */
function teams(name: string, auth: { team?: unknown }, next: (error: Error | null, isAllowed?: boolean) => void): void {
  next(null, name === `/team-${String(auth.team)}`);
}

function gatewaysOn(name: NamespaceName): [new () => object, new () => object] {
  @WebSocketGateway()
  @Namespace(name)
  class FirstGateway {
    @SubscribeMessage('first')
    first(@NamespaceParam('id') id: unknown): unknown {
      return ['first', id ?? null];
    }
  }
  @WebSocketGateway({ namespace: name })
  class SecondGateway {
    @SubscribeMessage('second')
    second(@NamespaceParam('id') id: unknown): unknown {
      return ['second', id ?? null];
    }
  }
  return [FirstGateway, SecondGateway];
}

@NestGateway({ namespace: /^\/untouched-\d+$/ })
class FirstUntouchedGateway {
  @NestMessage('first')
  first(): string {
    return 'first';
  }
}

@NestGateway({ namespace: /^\/untouched-\d+$/ })
class SecondUntouchedGateway {
  @NestMessage('second')
  second(): string {
    return 'second';
  }
}

@WebSocketGateway({ namespace: /^\/untouched-\d+$/ })
class OwnGateway {
  @SubscribeMessage('own')
  own(): string {
    return 'own';
  }
}

describe('of several gateways of a pattern, the first gets the events (nestjs/nest#1431, nestjs/nest#5750)', () => {
  it.each<[what: string, name: NamespaceName, path: string, id: string | null]>([
    ['a name with parts', '/org-:id', '/org-7', '7'],
    ['a pattern', /^\/org-(?<id>\d+)$/, '/org-7', '7'],
    ['a function', teams, '/team-red', null],
  ])('each of them gets its own, on %s', async (_what, name, path, id) => {
    await using running = await startApp({ providers: gatewaysOn(name) });
    const client = await running.clients.connect(path, { auth: { team: 'red' } });
    expect(await client.emitWithAck('first')).toEqual(['first', id]);
    expect(await client.emitWithAck('second')).toEqual(['second', id]);
    await expect(running.clients.connect('/elsewhere')).rejects.toThrow('Invalid namespace');
  });

  it('asks a function about every client', async () => {
    await using running = await startApp({ providers: gatewaysOn(teams) });
    await expect(running.clients.connect('/team-red', { auth: { team: 'blue' } })).rejects.toThrow('Invalid namespace');
  });

  it('each of them gets its own where they are of @nestjs/websockets, or of both packages', async () => {
    await using running = await startApp({ providers: [FirstUntouchedGateway, SecondUntouchedGateway, OwnGateway] });
    const client = await running.clients.connect('/untouched-7');
    expect(await client.timeout(1_000).emitWithAck('first')).toBe('first');
    expect(await client.timeout(1_000).emitWithAck('second')).toBe('second');
    expect(await client.timeout(1_000).emitWithAck('own')).toBe('own');
  });
});
