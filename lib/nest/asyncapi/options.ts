import type { AsyncApiInfo, AsyncApiSecurityScheme, AsyncApiServer } from './document.js';
import type { PayloadType } from './payload-type.js';

/** Options of `createAsyncApiDocument()`: what the document is of, and what no gateway tells. */
export interface AsyncApiOptions extends AsyncApiInfo {
  /** Where the application is served, by a name of yours. Default: the document names no servers. */
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  /**
   * The events that services send, by namespace and name, as the option `emits` of a gateway has them.
   *
   * For what a `Broadcaster` sends, and for gateways of `@nestjs/websockets`. A namespace without a gateway is one more
   * channel. Default: none.
   */
  readonly emits?: Readonly<Record<string, Readonly<Record<string, PayloadType>>>>;
  /**
   * Security schemes by the name of the strategy in `@NamespaceAuth()`, in the place of those that are guessed of it.
   *
   * Default: `jwt` and others that read a token are bearer tokens, `local` is a user with a password.
   */
  readonly securitySchemes?: Readonly<Record<string, AsyncApiSecurityScheme>>;
}
