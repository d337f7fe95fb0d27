import { Refusal } from "../../engine/refusal";

/**
 * The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
 * @throws Refusal `invalid_client` if the caller presents no bearer token at all, `invalid_grant` if it is malformed
 */
export function bearerOf(authorization: string | undefined): string {
  const [, rest] = /^bearer(?: +(.*))?$/i.exec(authorization ?? "") ?? [undefined, undefined];
  if (rest === undefined || rest === "") throw new Refusal("invalid_client", "no bearer token was presented");
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(rest)) throw new Refusal("invalid_grant", "the bearer token is malformed");
  return rest;
}
