/**
 * Everything that the folder of a contract may import. In another checkout it is `polymint/contract`; there it is all that a
 * contract sees of the server, so a contract that keeps to it survives a release.
 */
export type { Contract, ContractOperation, ServiceOperationId, TokenOperation } from "./contract";
export {
  type Demo,
  type DemoClient,
  type DemoCodeRequest,
  type DemoFacts,
  type DemoRequest,
  type PersonDemo,
  type PersonDemoFacts,
  quoteForShell,
} from "./demo";
export { commonAnswers, type FapiAnswer, fapiCorrelation, type FapiRefusalReply, makeFapiRefuse } from "./fapi-refusals";
export { wire, type WiredContract } from "./wire";
export { decodeClientAssertion, decodeDelegatedAssertion } from "../client-auth/assertion";
export type { AuthMethod, SigningAlgorithm } from "../engine/client";
export type { Actor, Decision, Issued } from "../engine/decision";
export type { GrantRequest, GrantType } from "../engine/grant-request";
export type { Person } from "../engine/person";
export type { ContractPolicy } from "../engine/policy";
export { invalidRequest, type Problem, type ProblemRule, Refusal, type RefusalCode } from "../engine/refusal";
export { splitScope } from "../engine/scope";
export type { ClientCertificate, Credential, IdentityType, TokenRequest } from "../engine/token-request";
export { type GrantParameterNames, readGrant, splitKey } from "./grant-parameters";
export { describeRefusal, formatRetryAfter, nameStatus, nameUnknownGrant, tellTime } from "./refusal-texts";
export { type Correlation, noCorrelation } from "../http/api";
export { basicChallenge, isBearer, readBasic, readBearer, readHeader, readSecretCredentials } from "../http/authorization-header";
export {
  type AliasedForm,
  type CredentialForm,
  type CredentialRequest,
  mergeAssertionNames,
  missingParameter,
  readClientCredentials,
} from "../http/client-credentials";
export type { Exchange } from "../http/exchange";
export { joinProblems, toOAuthDescription } from "../http/problems";
export type { RefusedReply, ReplyOf, RequestOf } from "../http/typed";
export { uncached } from "../http/uncached";
