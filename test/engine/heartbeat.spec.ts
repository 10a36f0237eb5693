import { describe, expect, it, jest } from '@jest/globals';
import { HeartbeatState, serverPings, type HeartbeatSession } from '../../lib/engine/heartbeat.js';
import { TestEngine, until } from './support.js';

/** A session that records what its heartbeat asks for. */
class RecordingSession implements HeartbeatSession {
  readonly pingInterval = 25_000;
  readonly pingTimeout = 20_000;
  heartbeatState = HeartbeatState.Resting;
  readonly calls: string[] = [];
  wasPaused = false;
  scheduleHeartbeat(delay: number): void {
    this.calls.push(`in ${delay}`);
  }
  sendPing(): void {
    this.calls.push('ping');
  }
  sendPong(): void {
    this.calls.push('pong');
  }
  onSilence(): void {
    this.calls.push('silence');
  }
  takePauses(): boolean {
    const { wasPaused } = this;
    this.wasPaused = false;
    return wasPaused;
  }
}

describe('the heartbeat of a server that pings', () => {
  it('pings pingInterval after the opening and after each pong', () => {
    const session = new RecordingSession();
    serverPings.start(session);
    serverPings.onTimer(session);
    expect(serverPings.onPacket(session, 'pong')).toBe(true);
    serverPings.onTimer(session);
    expect(session.calls).toEqual(['in 25000', 'ping', 'in 20000', 'in 25000', 'ping', 'in 20000']);
  });

  it('gives up pingTimeout after a ping that is not answered', () => {
    const session = new RecordingSession();
    serverPings.start(session);
    serverPings.onTimer(session);
    serverPings.onTimer(session);
    expect(session.calls.slice(3)).toEqual(['silence']);
  });

  it('waits anew for the first other packet behind a ping, and only for the first', () => {
    const session = new RecordingSession();
    serverPings.start(session);
    serverPings.onActivity(session);
    serverPings.onTimer(session);
    serverPings.onActivity(session);
    serverPings.onActivity(session);
    expect(session.calls).toEqual(['in 25000', 'ping', 'in 20000', 'in 20000']);
    serverPings.onTimer(session);
    expect(session.calls.at(-1)).toBe('silence');
  });

  it('waits anew while the session was not read: the pong may lie behind what it sent', () => {
    const session = new RecordingSession();
    serverPings.start(session);
    session.wasPaused = true;
    serverPings.onTimer(session);
    session.wasPaused = true;
    serverPings.onTimer(session);
    expect(session.calls).toEqual(['in 25000', 'ping', 'in 20000', 'in 20000']);
    // A pause before the last deadline, or before the ping, excuses nothing.
    serverPings.onTimer(session);
    expect(session.calls.at(-1)).toBe('silence');
  });

  it('does not take a ping of the client', () => {
    expect(serverPings.onPacket(new RecordingSession(), 'ping')).toBe(false);
  });
});

describe('a session', () => {
  it('is pinged, and told of each pong', async () => {
    await using test = await TestEngine.start({ pingInterval: 30 });
    const client = await test.webSocket('', { answerPings: false });
    let heartbeats = 0;
    test.sockets[0]!.on('heartbeat', () => heartbeats++);
    for (let count = 1; count <= 3; count++) {
      expect(await client.next()).toBe('2');
      client.send('3');
      await until(() => heartbeats === count);
    }
  });

  it.each(['polling', 'websocket'])('over %s ends with ping timeout when its client is silent', async (transport) => {
    await using test = await TestEngine.start({ pingInterval: 30, pingTimeout: 30 });
    if (transport === 'polling') await test.handshake();
    else await test.webSocket('', { answerPings: false });
    expect((await test.closing())[0]).toBe('ping timeout');
    expect(test.engine.clientsCount).toBe(0);
  });

  it('stays as long as its client answers', async () => {
    await using test = await TestEngine.start({ pingInterval: 20, pingTimeout: 5_000 });
    await test.webSocket();
    await test.polling();
    const heartbeats = [0, 0];
    for (const index of [0, 1]) test.sockets[index]!.on('heartbeat', () => heartbeats[index]!++);
    await until(() => heartbeats.every((count) => count > 5));
    expect(test.engine.clientsCount).toBe(2);
  });

  it('ends when its client pings, as those of another revision do', async () => {
    await using test = await TestEngine.start();
    const client = await test.webSocket();
    client.send('2');
    expect(await test.closing()).toMatchObject(['transport error', { message: 'invalid heartbeat direction' }]);
  });

  it('arms no timer of its own while it is idle', async () => {
    const armed = new Set<unknown>();
    const { setTimeout: arm, clearTimeout: disarm } = globalThis;
    const arming = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, ms: number) => {
      const handle = arm(() => {
        armed.delete(handle);
        callback();
      }, ms);
      armed.add(handle);
      return handle;
    }) as never);
    const disarming = jest.spyOn(globalThis, 'clearTimeout').mockImplementation((handle) => {
      armed.delete(handle);
      disarm(handle);
    });
    await using test = await TestEngine.start();
    await Promise.all(Array.from({ length: 20 }, () => test.webSocket()));
    // That of the wheel, for all of them.
    expect(armed.size).toBe(1);
    expect(test.engine.clientsCount).toBe(20);
    arming.mockRestore();
    disarming.mockRestore();
  });
});
