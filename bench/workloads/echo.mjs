import { MessageRing } from '../client/message-ring.mjs';
import { median, quantile } from '../harness/statistics.mjs';
import { openClients } from './clients.mjs';

const text = 'hello, this is an echo';

/** Answers every event with what it brought. */
export function answerEchoes(io) {
  io.on('connection', (socket) => {
    socket.on('echo', (value, ack) => ack(value));
  });
}

export const echoByHand = (_server, frames) => ({
  onEvent: (client, [, value], id) => client.sendFrame(frames.text(`43${id}${JSON.stringify([value])}`)),
});

/**
 * Some clients with some events in flight each; every answer sends the next one.
 *
 * What one read brings is answered by one write, as clients do that join what they send.
 */
export function measureEchoes(count, inFlight) {
  return async ({ port, server, warmup, duration }) => {
    const ring = new MessageRing((id) => `42${id}["echo",${JSON.stringify(text)}]`);
    const clients = await openClients(port, count);
    let operations = 0;
    for (const client of clients) {
      let answered = 0;
      client.onMessage = () => {
        answered++;
      };
      client.onRead = () => {
        if (answered === 0) return;
        const next = answered;
        operations += next;
        answered = 0;
        ring.writeTo(client, next);
      };
      ring.writeTo(client, inFlight);
    }
    return server.measure({ warmup, duration, count: () => operations });
  };
}

/** One client, one event in flight: also how long each takes there and back. */
async function measureRoundTrips({ port, server, warmup, duration }) {
  const ring = new MessageRing((id) => `42${id}["echo",${JSON.stringify(text)}]`);
  const [client] = await openClients(port, 1);
  const times = [];
  let sent = 0;
  const send = () => {
    sent = performance.now();
    ring.writeTo(client, 1);
  };
  client.onMessage = () => {
    times.push(performance.now() - sent);
    send();
  };
  send();
  let warm = 0;
  const measurement = await server.measure({
    warmup,
    duration,
    count: () => {
      warm ||= times.length;
      return times.length;
    },
  });
  const measured = times.slice(warm).map((time) => time * 1_000);
  return {
    ...measurement,
    figures: { ...measurement.figures, roundTrip: median(measured), roundTrip99: quantile(measured, 0.99) },
  };
}

const echo = { operation: 'echo', application: answerEchoes, byHand: echoByHand };

/** @type {readonly import('./index.mjs').Workload[]} */
export const echoWorkloads = [
  {
    ...echo,
    name: 'echo-1',
    title: 'Echo with ack, 1 client, one in flight',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0,
    measure: measureRoundTrips,
  },
  {
    ...echo,
    name: 'echo-100x1',
    title: 'Echo with ack, 100 clients, one in flight each',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.7,
    measure: measureEchoes(100, 1),
  },
  {
    ...echo,
    name: 'echo-50x16',
    title: 'Echo with ack, 50 clients, 16 in flight each',
    servers: ['official', 'ours', 'raw-ws', 'raw-tcp'],
    busy: 0.7,
    measure: measureEchoes(50, 16),
  },
];
