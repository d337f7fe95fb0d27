/** The part of the typed clients that is the same for every contract. It runs wherever there are `fetch` and WebCrypto. */
export type { Token } from "./answer";
export type { Jwk, SignClaims } from "./assertion";
export { AuthorizationRefused, type AuthorizationRequest, readCallback, type StartedAuthorization } from "./person";
export type { TokenPlan } from "./plan";
export { TokenRefused } from "./refused";
export { makeRequestClient, makeTokenClient } from "./token-client";
export type { AnswerOf, ClientOptions, PersonClient, RefusalOf, RequestClient, TokenClient } from "./types";
