import type { JsonSchema } from './payload-type.js';

/** A reference to another part of the document. */
export interface AsyncApiReference {
  readonly $ref: string;
}

/** What the document is of. */
export interface AsyncApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  readonly termsOfService?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  readonly license?: { readonly name: string; readonly url?: string };
}

/** Where the application is served. */
export interface AsyncApiServer {
  /** The name of the host, with its port: `api.example.com:3000`. */
  readonly host: string;
  /** `ws`, `wss`, `http` or `https`. */
  readonly protocol: string;
  /** The path of Socket.IO. @default the path of the application's server */
  readonly pathname?: string;
  readonly title?: string;
  readonly summary?: string;
  readonly description?: string;
}

/** How clients show who they are. */
export interface AsyncApiSecurityScheme {
  readonly type: string;
  readonly description?: string;
  readonly [field: string]: unknown;
}

/** An event, or the answer to one. */
export interface AsyncApiMessage {
  readonly name: string;
  readonly payload?: JsonSchema;
  /** Whether the payload is the list of the event's arguments; else it is the first, and only one. */
  readonly 'x-arguments'?: true;
}

/** A namespace. */
export interface AsyncApiChannel {
  /** Its name, with parts in braces; `null` where it is a pattern. */
  readonly address: string | null;
  readonly title?: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, object>>;
  readonly messages: Readonly<Record<string, AsyncApiMessage>>;
  /** The pattern that its name matches, where it has no address. */
  readonly 'x-pattern'?: string;
  /** The port it is served on, where that is not the application's. */
  readonly 'x-port'?: number;
}

/** An event that the application receives or sends. */
export interface AsyncApiOperation {
  readonly action: 'receive' | 'send';
  readonly channel: AsyncApiReference;
  readonly description?: string;
  readonly messages: readonly AsyncApiReference[];
  /** The ack. */
  readonly reply?: { readonly channel: AsyncApiReference; readonly messages: readonly AsyncApiReference[] };
  readonly security?: readonly AsyncApiReference[];
}

/** A document of AsyncAPI 3.0: plain data, ready for `JSON.stringify()`. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: AsyncApiInfo;
  readonly defaultContentType: string;
  readonly servers?: Readonly<Record<string, AsyncApiServer>>;
  readonly channels: Readonly<Record<string, AsyncApiChannel>>;
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
  readonly components: {
    readonly schemas?: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes?: Readonly<Record<string, AsyncApiSecurityScheme>>;
  };
}
