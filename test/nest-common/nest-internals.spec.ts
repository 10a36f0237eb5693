import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { createParamDecorator, Inject, Injectable, UseFilters, UseGuards, type CanActivate } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ValidationPipe } from '@nestjs/common';
import {
  Catch,
  Module,
  UseInterceptors,
  UsePipes,
  type ExceptionFilter,
  type NestInterceptor,
  type OnModuleDestroy,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '../../lib/index.js';
import {
  callFactory,
  contextCreatorsOf,
  destroyFirst,
  ENTRY_PROVIDER_WATERMARK,
  ExecutionContextHost,
  ExternalContextCreator,
  Injector,
  ROUTE_ARGS_METADATA,
  STATIC_CONTEXT,
  type GatewayMethod,
} from '../../lib/nest-common/index.js';
import { startApp } from '../nest/support.js';

@Injectable()
class Guard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: unknown, handler: { handle(): never }): never {
    return handler.handle();
  }
}

@Catch(TypeError)
class Filter implements ExceptionFilter {
  catch(exception: TypeError): string {
    return exception.message;
  }
}

const Custom = createParamDecorator((data: unknown, context: { getArgs(): unknown[] }) => [data, context.getArgs()[0]]);

@WebSocketGateway()
@UseGuards(Guard)
@UseInterceptors(Interceptor)
@UsePipes(new ValidationPipe())
@UseFilters(Filter)
class Gateway {
  @SubscribeMessage('event')
  event(@MessageBody('a') _body: unknown, @Custom('data') _custom: unknown): void {}
}

async function inside(): Promise<{
  creators: ReturnType<typeof contextCreatorsOf>;
  instance: Gateway;
  method: GatewayMethod;
  moduleKey: string;
  wrapper: NonNullable<ReturnType<typeof wrapperOf>>;
  close(): Promise<void>;
}> {
  const { app, close } = await startApp({ providers: [Gateway] });
  const [moduleKey, module] = [...app.get(ModulesContainer).entries()].find(([, each]) => each.providers.has(Gateway))!;
  const instance = app.get(Gateway);
  const method = instance.event as unknown as GatewayMethod;
  const creators = contextCreatorsOf(app.get(ExternalContextCreator));
  return { creators, instance, method, moduleKey, wrapper: wrapperOf(module)!, close };
}

function wrapperOf(module: { providers: ReadonlyMap<unknown, unknown> }): Wrapper | undefined {
  return module.providers.get(Gateway) as Wrapper | undefined;
}

interface Wrapper {
  readonly id: string;
  readonly instance: object;
  readonly metatype: unknown;
  readonly isNotMetatype: boolean;
  readonly scope: unknown;
  isDependencyTreeStatic(): boolean;
  getCtorMetadata(): unknown;
  getPropertiesMetadata(): unknown;
}

describe('the installed Nest', () => {
  it('gives guards, interceptors, pipes and filters of a method', async () => {
    const { creators, instance, method, moduleKey, wrapper, close } = await inside();
    const args = [instance, method, moduleKey, STATIC_CONTEXT, wrapper.id] as const;
    expect(creators.guardsContextCreator.create(...args)).toEqual([expect.any(Guard)]);
    expect(creators.interceptorsContextCreator.create(...args)).toEqual([expect.any(Interceptor)]);
    expect(creators.pipesContextCreator.create(...args)).toEqual([expect.any(ValidationPipe)]);
    const { filters } = creators.filtersContextCreator.create(...args);
    expect(filters).toEqual([{ func: expect.any(Function), exceptionMetatypes: [TypeError] }]);
    expect(filters[0]!.func(new TypeError('wrong'), new ExecutionContextHost([]))).toBe('wrong');
    await close();
  });

  it('resolves parameter decorators, custom ones included', async () => {
    const { creators, moduleKey, wrapper, close } = await inside();
    const metadata = Reflect.getMetadata(ROUTE_ARGS_METADATA, Gateway, 'event') as Record<string, unknown>;
    const params = creators.exchangeKeysForValues(
      Object.keys(metadata),
      metadata,
      moduleKey,
      { exchangeKeyForValue: (type, data, args) => ['ours', type, data, args] },
      STATIC_CONTEXT,
      wrapper.id,
      (args) => new ExecutionContextHost(args),
    );
    const ordered = [...params].sort((a, b) => a.index - b.index);
    expect(ordered.map(({ index, pipes }) => [index, pipes])).toEqual([
      [0, []],
      [1, []],
    ]);
    expect(ordered[0]!.extractValue('first')).toEqual(['ours', 3, 'a', ['first']]);
    expect(ordered[1]!.extractValue('first')).toEqual(['data', 'first']);
    expect(typeof ordered[1]!.type).toBe('string');
    await close();
  });

  it('leaves out global enhancers without changing what others see', async () => {
    const { app, close } = await startApp({
      providers: [Gateway],
      configure: (nest) => void nest.useGlobalGuards(new Guard()).useGlobalFilters(new Filter()),
    });
    const creator = app.get(ExternalContextCreator);
    const instance = app.get(Gateway);
    const counts = (creators: ReturnType<typeof contextCreatorsOf>): number[] =>
      (['guardsContextCreator', 'filtersContextCreator'] as const).map((name) => {
        const made = creators[name].create(instance, instance.event as never, '', STATIC_CONTEXT, undefined);
        return ('filters' in made ? made.filters : made).length;
      });
    const all = counts(contextCreatorsOf(creator));
    const without = counts(contextCreatorsOf(creator, { guards: false, filters: false }));
    expect(all.map((count, index) => count - without[index]!)).toEqual([1, 1]);
    expect(counts(contextCreatorsOf(creator, { guards: true }))).toEqual(all);
    await close();
  });

  it('calls a factory in a module, and keeps nothing of it', async () => {
    const { app, close } = await startApp({ providers: [Gateway] });
    const module = [...app.get(ModulesContainer).values()].find((each) => each.providers.has(Gateway))!;
    const before = module.providers.size;
    const useFactory = (gateway: Gateway): unknown[] => [gateway];
    expect(await callFactory(module, 'It', { inject: [Gateway], useFactory })).toEqual([app.get(Gateway)]);
    await expect(callFactory(module, 'It', { inject: ['nobody'], useFactory })).rejects.toThrow('nobody');
    expect(module.providers.size).toBe(before);
    await close();
  });

  it('says of a provider what it is and whether it is a singleton', async () => {
    const { wrapper, instance, close } = await inside();
    expect(wrapper).toMatchObject({ instance, metatype: Gateway, id: expect.any(String) });
    expect(wrapper.isNotMetatype).toBe(false);
    expect(wrapper.isDependencyTreeStatic()).toBe(true);
    expect(wrapper.getCtorMetadata() ?? []).toEqual([]);
    expect(wrapper.getPropertiesMetadata() ?? []).toEqual([]);
    await close();
  });

  it('loads instances and enhancers per context, and marks entry providers', () => {
    expect(new Injector()).toMatchObject({
      loadPerContext: expect.any(Function),
      loadEnhancersPerContext: expect.any(Function),
    });
    expect(Reflect.getMetadata(ENTRY_PROVIDER_WATERMARK, Gateway)).toBe(true);
    const context = new ExecutionContextHost(['a', 'b'], Gateway as never, Gateway.prototype.event);
    context.setType('ws');
    expect([context.getType(), context.getArgs(), context.getClass(), context.getHandler()]).toEqual([
      'ws',
      ['a', 'b'],
      Gateway,
      Gateway.prototype.event,
    ]);
  });

  it('makes an injectable of a module that is running, and shows what modules import and export', async () => {
    const { app, close } = await startApp({ providers: [Gateway] });
    const module = [...app.get(ModulesContainer).values()].find((each) => each.providers.has(Gateway))!;
    class Late {}
    const wrapper = module.addInjectable(Late, 'guard') as never as { instance: object };
    await new Injector().loadInjectable(wrapper as never, module);
    expect(wrapper.instance).toBeInstanceOf(Late);
    expect(module.injectables.get(Late)).toBe(wrapper);
    expect(module.addInjectable(Late, 'guard')).toBe(wrapper);
    expect([module.imports, module.exports]).toEqual([expect.any(Set), expect.any(Set)]);
    await close();
  });

  it('destroys modules one by one, as their distance says', async () => {
    const order: string[] = [];
    class Recording implements OnModuleDestroy {
      async onModuleDestroy(): Promise<void> {
        await new Promise(setImmediate);
        order.push(this.constructor.name);
      }
    }
    class Root extends Recording {}
    @Module({})
    class Far extends Recording {
      constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
        super();
        destroyFirst(modules, Far);
      }
    }
    @Module({ imports: [Far] })
    class Near extends Recording {}
    const { close } = await startApp({ imports: [Near], providers: [Root] });
    await close();
    expect(order).toEqual(['Far', 'Root', 'Near']);
  });
});
