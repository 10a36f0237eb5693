import { Inject, Injectable } from '@nestjs/common';
import { isReservedEvent, RookeryError } from '../../server/index.js';
import { ParamType } from '../decorators/metadata.js';
import { ROUTE_ARGS_METADATA } from '../../nest-common/index.js';
import type { LoadedGateway } from '../pipeline/loaded-gateway.js';
import { groupsOf, type NamespacePattern } from '../pipeline/namespace-pattern.js';
import { modulePresetOf } from '../module-preset.js';
import type { SocketIoModuleOptions } from '../socketio.options.js';
import { SOCKET_IO_OPTIONS } from '../socketio.tokens.js';
import { assertJoinRuled, isForMembers, type WrittenRule } from './client-named-rooms.js';
import { PolicyLoader, type LoadedPolicy, type PolicyUser } from './policy-loader.js';
import { directivesOf, type EmitToOptions, type WrittenPolicy } from './room-metadata.js';
import { RoomLimits } from './room-limits.js';
import { RoomRules } from './room-rules.js';
import { emitStep, guardStep, joinStep, leaveStep, type RoomStep } from './room-steps.js';
import { RoomTemplate } from './room-template.js';

/** Compiles the room decorators of methods; templates and policies are checked when the application starts. */
@Injectable()
export class RoomRulesCompiler {
  readonly #policies: PolicyLoader;
  readonly #limits: RoomLimits;
  /** Whether clients join, and speak into, rooms that they name by a rule alone. */
  readonly #areRoomsRuled: boolean;

  constructor(policies: PolicyLoader, limits: RoomLimits, @Inject(SOCKET_IO_OPTIONS) options: SocketIoModuleOptions) {
    this.#policies = policies;
    this.#limits = limits;
    this.#areRoomsRuled = modulePresetOf(options).areRoomsRuled;
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
    const written = directives.map((directive): WrittenRule => {
      return { directive, template: new RoomTemplate(directive.template, place) };
    });
    const rules = [];
    for (const rule of written) {
      const { template } = rule;
      assertParams(template, gateway.namespace, place);
      if (this.#areRoomsRuled) assertJoinRuled(rule, written, place);
      rules.push({ template, step: await this.#step(rule, written, user, place) });
    }
    return new RoomRules(rules, readRooms.length > 0, this.#limits);
  }

  async #step(
    { directive, template }: WrittenRule,
    rules: readonly WrittenRule[],
    user: PolicyUser,
    place: string,
  ): Promise<RoomStep> {
    switch (directive.does) {
      case 'guard':
        return guardStep(await this.#policy(directive.policy, user, place));
      case 'join':
        return joinStep(await this.#policy(directive.policy, user, place), this.#limits);
      case 'leave':
        return leaveStep(this.#limits);
      case 'emit': {
        const { open = !(this.#areRoomsRuled && isForMembers(template, rules)) } = directive.options;
        assertEvent(directive.options, place);
        return emitStep({ ...directive.options, open });
      }
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
