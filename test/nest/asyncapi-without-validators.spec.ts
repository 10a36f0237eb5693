import { describe, expect, it, jest } from '@jest/globals';
import 'reflect-metadata';

const missing = (name: string) => () => {
  throw Object.assign(new Error(`Cannot find package '${name}'`), { code: 'ERR_MODULE_NOT_FOUND' });
};
jest.unstable_mockModule('class-validator', missing('class-validator'));
jest.unstable_mockModule('class-transformer', missing('class-transformer'));
const { MessageBody, SubscribeAck, WebSocketGateway } = await import('../../lib/index.js');
const { documentOf, payloadOf } = await import('./asyncapi-support.js');

describe('an application without class-validator', () => {
  it('does not have it', async () => {
    await expect(import('class-validator')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
    await expect(import('class-transformer')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  });

  it('is described, its classes as objects', async () => {
    class Dto {
      declare text: string;
    }
    @WebSocketGateway()
    class Gateway {
      @SubscribeAck('event')
      event(@MessageBody() dto: Dto): void {
        void dto;
      }
    }
    const document = await documentOf({ providers: [Gateway] });
    expect(payloadOf(document, 'root.receive.event')).toEqual({ $ref: '#/components/schemas/Dto' });
    expect(document.components.schemas!['Dto']).toEqual({ type: 'object' });
  });
});
