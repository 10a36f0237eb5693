/** Where the decorators leave what they were told, for the binder to read at boot. */
export const serverEventMetadata = 'rookery:server_events';

/** Which socket a handler is for. */
export interface ServerEventOptions {
  /** @default "/" */
  readonly namespace?: string;
  /** The name of the client. @default "default" */
  readonly client?: string;
}

/** What a handler decorator says. */
export interface ServerEventMetadata extends ServerEventOptions {
  readonly event: string;
  /** Whether it is of the connection, and nobody waits for an answer. */
  readonly isReserved: boolean;
}

/** Adds to what a method handles; it may handle several. */
export function serverEvent(metadata: ServerEventMetadata): MethodDecorator {
  return (_target, _key, descriptor) => {
    const method = descriptor.value as object;
    const before = (Reflect.getMetadata(serverEventMetadata, method) ?? []) as readonly ServerEventMetadata[];
    Reflect.defineMetadata(serverEventMetadata, [...before, metadata], method);
  };
}
