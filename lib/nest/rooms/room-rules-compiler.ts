import { Injectable } from '@nestjs/common';
import { isReservedEvent, RookeryError } from '../../server/index.js';
import { ParamType } from '../decorators/metadata.js';
import { ROUTE_ARGS_METADATA } from '../nest-internals.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import { groupsOf, type NamespacePattern } from '../pipeline/namespace-pattern.js';
import { PolicyLoader, type LoadedPolicy, type PolicyUser } from './policy-loader.js';
import { directivesOf, type EmitToOptions, type RoomDirective, type WrittenPolicy } from './room-metadata.js';
import { RoomRules } from './room-rules.js';
import { emitStep, guardStep, joinStep, leaveStep, type RoomStep } from './room-steps.js';
import { RoomTemplate } from './room-template.js';

/** Compiles the room decorators of methods; templates and policies are checked when the application starts. */
@Injectable()
export class RoomRulesCompiler {
  readonly #policies: PolicyLoader;

  constructor(policies: PolicyLoader) {
    this.#policies = policies;
  }

  /**
   * Compiles what a method asks for; `undefined` for one without room decorators.
   *
   * @throws RookeryError `INVALID_GATEWAY` for a template or a policy that cannot work.
   */
  async compile({ gateway, instance }: LoadedGateway, methodName: string): Promise<RoomRules | undefined> {
    const gatewayClass = gateway.wrapper.metatype as { readonly name: string; readonly prototype: object };
    const place = `${gatewayClass.name}.${methodName}()`;
    const directives = directivesOf(gatewayClass.prototype, methodName);
    const readRooms = roomsReadBy(gatewayClass, methodName);
    const missing = readRooms.find((index) => !(index in directives));
    if (missing !== undefined) {
      throw new RookeryError(
        'INVALID_GATEWAY',
        `${place}: @Room(${missing}) needs ${missing + 1} room decorators on the method, and there are ${directives.length}`,
      );
    }
    if (directives.length === 0) return undefined;
    const user = { module: gateway.module, scope: instance.scope };
    const rules = [];
    for (const directive of directives) {
      const template = new RoomTemplate(directive.template, place);
      assertParams(template, gateway.namespace, place);
      rules.push({ template, step: await this.#step(directive, user, place) });
    }
    return new RoomRules(rules, readRooms.length > 0);
  }

  async #step(directive: RoomDirective, user: PolicyUser, place: string): Promise<RoomStep> {
    switch (directive.does) {
      case 'guard':
        return guardStep(await this.#policy(directive.policy, user, place));
      case 'join':
        return joinStep(await this.#policy(directive.policy, user, place));
      case 'leave':
        return leaveStep();
      case 'emit':
        assertEvent(directive.options, place);
        return emitStep(directive.options);
    }
  }

  /** A policy that is written and not there is no policy left out: nobody would be refused. */
  async #policy(written: WrittenPolicy, user: PolicyUser, place: string): Promise<LoadedPolicy | undefined> {
    return written.length === 0 ? undefined : this.#policies.load(written[0], user, place);
  }
}

/** The numbers of the rooms that parameters of a method are. */
function roomsReadBy(gatewayClass: object, methodName: string): number[] {
  const params = (Reflect.getMetadata(ROUTE_ARGS_METADATA, gatewayClass, methodName) ?? {}) as Record<
    string,
    { readonly data: number }
  >;
  return Object.entries(params)
    .filter(([key]) => key.startsWith(`${ParamType.Room}:`))
    .map(([, { data }]) => data);
}

function assertParams(template: RoomTemplate, namespace: NamespacePattern, place: string): void {
  const groups = groupsOf(namespace);
  for (const { source, keys, path } of template.placeholders) {
    if (source !== 'params' || (keys.length === 1 && groups.includes(keys[0]!))) continue;
    throw new RookeryError(
      'INVALID_GATEWAY',
      `${place}: the room "${template.text}" has {${path}}, and the namespace of the gateway has no such part`,
    );
  }
}

function assertEvent({ event }: EmitToOptions, place: string): void {
  if (event === undefined || (typeof event === 'string' && event !== '' && !isReservedEvent(event))) return;
  throw new RookeryError('INVALID_GATEWAY', `${place}: @EmitTo() cannot emit ${JSON.stringify(event)}`);
}
