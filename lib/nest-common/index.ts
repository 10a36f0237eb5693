export { filterFor } from './filter-for.js';
export {
  callFactory,
  contextCreatorsOf,
  destroyFirst,
  ENTRY_PROVIDER_WATERMARK,
  ExecutionContextHost,
  ExternalContextCreator,
  GUARDS_METADATA,
  Injector,
  ROUTE_ARGS_METADATA,
  STATIC_CONTEXT,
  type ContextCreators,
  type ContextId,
  type FilterEntry,
  type GatewayMethod,
  type GlobalEnhancerSwitch,
  type InstanceWrapper,
  type Module,
  type ParamProperties,
} from './nest-internals.js';
export { optionsProviders, type ProvidedOptions } from './provided-options.js';
