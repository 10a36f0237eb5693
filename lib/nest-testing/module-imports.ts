import type { DynamicModule, ForwardReference, ModuleMetadata, Type } from '@nestjs/common';
import { SocketIoModule } from '../nest/index.js';

type Import = NonNullable<ModuleMetadata['imports']>[number];

/** Tells whether one of the imports, or of theirs, is `SocketIoModule`. */
export async function bringsSocketIo(imports: readonly Import[], seen = new Set<unknown>()): Promise<boolean> {
  for (const each of imports) {
    const { module, more } = described(await each);
    if (module === SocketIoModule) return true;
    if (seen.has(each)) continue;
    seen.add(each);
    const declared = (module && (Reflect.getMetadata('imports', module) as Import[] | undefined)) ?? [];
    if (await bringsSocketIo([...declared, ...more], seen)) return true;
  }
  return false;
}

/** What an import stands for; nothing where it is missing, which is Nest's to tell. */
function described(given: Type | DynamicModule | ForwardReference | undefined): {
  module?: Type;
  more: readonly Import[];
} {
  if (given === undefined || given === null) return { more: [] };
  if (typeof given === 'function') return { module: given, more: [] };
  if ('forwardRef' in given) return described(given.forwardRef() as Type | DynamicModule | undefined);
  return { module: given.module, more: given.imports ?? [] };
}
