/**
 * The gateway of the benchmark: the same source, decorated by one package or the other.
 *
 * @param decorators the exports of `rookery`, or of `@nestjs/websockets`.
 */
export function createGateway({ WebSocketGateway, SubscribeMessage, MessageBody }) {
  class EchoGateway {
    echo(body) {
      return body;
    }
  }
  MessageBody()(EchoGateway.prototype, 'echo', 0);
  SubscribeMessage('echo')(
    EchoGateway.prototype,
    'echo',
    Object.getOwnPropertyDescriptor(EchoGateway.prototype, 'echo'),
  );
  WebSocketGateway()(EchoGateway);
  return EchoGateway;
}
