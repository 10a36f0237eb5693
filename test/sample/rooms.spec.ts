import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Clients, next, transportLists } from '../support/clients.js';
import { startSample, type SampleProcess } from '../support/sample-process.js';
import { refusal } from '../nest/refusal.js';

describe('the projects', () => {
  let sample: SampleProcess;
  let clients: Clients;
  const apollo = { projectId: 'apollo' };
  const outside = { ok: false, error: { status: 403, message: 'Join the room first' } };

  beforeEach(async () => {
    sample = await startSample('rooms');
    clients = new Clients(() => sample.url);
  }, 60_000);
  afterEach(async () => {
    clients.close();
    await sample.stop();
  });

  const enter = (name: string, transports?: ('polling' | 'websocket')[]): ReturnType<Clients['connect']> =>
    clients.connect('/projects', { auth: { name }, ...(transports && { transports }) });

  it.each(transportLists)('send tasks to those who have opened them over %s', async (_name, transports) => {
    const [ann, ben] = [await enter('ann', transports), await enter('ben', transports)];
    const opened = { ok: true, data: { members: ['ann', 'ben'], tasks: [] } };
    expect(await ann.emitWithAck('open', apollo)).toEqual(opened);
    expect(await ben.emitWithAck('open', apollo)).toEqual(opened);

    const told: unknown[] = [];
    ann.on('task', (task) => told.push(task));
    const task = { id: 1, by: 'ann', text: 'Build a rocket', isDone: false };
    let arrived = next(ben, 'task');
    expect(await ann.emitWithAck('add', { ...apollo, text: 'Build a rocket' })).toEqual({ ok: true, data: task });
    expect(await arrived).toEqual([task]);
    expect(told).toEqual([]);

    // Both: whoever finishes it is a member of the room, too.
    arrived = next(ben, 'task');
    const done = { ...task, isDone: true };
    expect(await ann.emitWithAck('finish', { ...apollo, taskId: 1 })).toEqual({ ok: true, data: done });
    expect(await arrived).toEqual([done]);
    expect(told).toEqual([done]);

    const left = next(ben, 'left');
    expect(await ann.emitWithAck('close', apollo)).toEqual({ ok: true, data: { name: 'ann' } });
    expect(await left).toEqual([{ name: 'ann' }]);
    expect(await ann.emitWithAck('add', { ...apollo, text: 'Too late' })).toEqual(outside);
  });

  it('stay closed to others', async () => {
    const cleo = await enter('cleo');
    const refused = { ok: false, error: { status: 403, message: 'You may not join this room' } };
    expect(await cleo.emitWithAck('open', apollo)).toEqual(refused);
    expect(await cleo.emitWithAck('add', { ...apollo, text: 'Mine' })).toEqual(outside);
    expect(await cleo.emitWithAck('close', apollo)).toEqual(outside);
    expect(await cleo.emitWithAck('finish', { ...apollo, taskId: 1 })).toMatchObject({ error: { status: 403 } });
    expect(await cleo.emitWithAck('invite', { ...apollo, name: 'cleo' })).toEqual({
      ok: false,
      error: { status: 403, message: 'You do not own apollo' },
    });
    expect(await cleo.emitWithAck('open', { projectId: 'mercury' })).toEqual({
      ok: false,
      error: { status: 404, message: 'There is no project mercury' },
    });
    expect(await cleo.emitWithAck('open', { projectId: 'apollo:person' })).toMatchObject({ error: { status: 400 } });
    expect(await cleo.emitWithAck('open')).toMatchObject({ error: { status: 400 } });
  });

  it('are finished without being opened, by their members', async () => {
    const [ann, ben] = [await enter('ann'), await enter('ben')];
    await ann.emitWithAck('open', apollo);
    await ann.emitWithAck('add', { ...apollo, text: 'Build a rocket' });
    const told = next(ann, 'task');
    expect(await ben.emitWithAck('finish', { ...apollo, taskId: '1' })).toMatchObject({ ok: true });
    expect(await told).toMatchObject([{ id: 1, isDone: true }]);
    expect(await ben.emitWithAck('finish', { ...apollo, taskId: 7 })).toMatchObject({ error: { status: 404 } });
  });

  it('have members whom their owner invites and removes', async () => {
    const [ann, phone, laptop] = [await enter('ann'), await enter('cleo'), await enter('cleo')];
    await ann.emitWithAck('open', apollo);
    let members = next(ann, 'members');
    expect(await ann.emitWithAck('invite', { ...apollo, name: 'cleo' })).toEqual({ ok: true, data: null });
    expect(await members).toEqual([['ann', 'ben', 'cleo']]);
    for (const cleo of [phone, laptop]) expect(await cleo.emitWithAck('open', apollo)).toMatchObject({ ok: true });

    members = next(ann, 'members');
    const told = Promise.all([next(phone, 'removed'), next(laptop, 'removed')]);
    const missed: unknown[] = [];
    phone.onAny((event) => missed.push(event));
    expect(await ann.emitWithAck('remove', { ...apollo, name: 'cleo' })).toEqual({ ok: true, data: null });
    expect(await members).toEqual([['ann', 'ben']]);
    expect(await told).toEqual([['apollo'], ['apollo']]);
    for (const cleo of [phone, laptop]) {
      expect(await cleo.emitWithAck('add', { ...apollo, text: 'Still here?' })).toEqual(outside);
      expect(await cleo.emitWithAck('open', apollo)).toMatchObject({ error: { status: 403 } });
    }
    expect(missed).toEqual(['removed']);
    expect(await ann.emitWithAck('remove', { ...apollo, name: 'ann' })).toEqual({
      ok: false,
      error: { status: 400, message: 'The owner stays' },
    });
  });

  it('ask for a name', async () => {
    expect(await refusal(clients, '/projects')).toEqual({
      message: 'Who are you?',
      data: { status: 400, message: 'Who are you?' },
    });
  });
});
