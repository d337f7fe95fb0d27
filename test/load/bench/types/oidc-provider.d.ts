/** As much of oidc-provider 9 as the benchmark uses; it ships no types. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  /** Where a model's instances are kept. */
  export interface Adapter {
    upsert(id: string, payload: object, expiresIn: number): Promise<void>;
    find(id: string): Promise<object | undefined>;
    destroy(id: string): Promise<void>;
  }

  export interface ClientCredentialsToken {
    jti: string;
    iat: number;
    exp: number;
    clientId: string;
    scope?: string;
    aud: string;
    kind: string;
    remainingTTL: number;
    adapter: Adapter;
  }

  export interface Context {
    oidc?: { entities: { ClientCredentials?: ClientCredentialsToken } };
  }

  export default class Provider {
    constructor(issuer: string, configuration: object);
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    callback(): RequestListener;
  }
}
