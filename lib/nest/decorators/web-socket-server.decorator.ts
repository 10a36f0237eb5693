import { serverPropertyMetadata } from './metadata.js';

/** Fills a property of a gateway with its namespace, before `afterInit` is called. */
export function WebSocketServer(): PropertyDecorator {
  return (target, key) => {
    const before = (Reflect.getMetadata(serverPropertyMetadata, target) ?? []) as (string | symbol)[];
    Reflect.defineMetadata(serverPropertyMetadata, [...before, key], target);
  };
}
