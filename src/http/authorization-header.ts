import type { Credential } from "../engine/types";
import { readBasic } from "../client-auth/client-secret-basic";

/**
 * Every shared secret a form request carries, in the header or in the form (RFC 6749 §2.3.1). No contract here declares
 * `client_secret`, but a request that carries one uses a mechanism, and the engine must see it to refuse it.
 * @throws Refusal `invalid_client` for a broken Basic header
 */
export function secretCredentials(authorization: string | undefined, form: object): Credential[] {
  const basic = readBasic(authorization);
  const { client_id: clientId, client_secret: clientSecret }: Record<string, unknown> = { ...form };
  return [
    ...(basic === undefined ? [] : [basic]),
    ...(typeof clientSecret === "string"
      ? [{ method: "client_secret_post" as const, clientId: typeof clientId === "string" ? clientId : "", clientSecret }]
      : []),
  ];
}
