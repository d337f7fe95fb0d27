import { type SigningAlgorithm, signingAlgorithms } from "../engine/client";
import { findAlgorithmFault } from "../engine/algorithms";
import { defaultUserLoginTimes, type UserLoginTimes } from "../engine/user-login";
import { leastLeadSeconds } from "../keys/publication";
import { readPerContract } from "./per-contract";
import type { Reader, Setting } from "./reader";

/** Also for programs that call `createApp`. */
export const defaultRefreshGraceSeconds = 10;
/** What common clients send: Authlib's and others' assertions live an hour. */
export const defaultAssertionMaxSeconds = 3600;

/** How tokens are signed, and how long the keys, refresh tokens and one-time tokens behind them live. */
export interface TokensConfig {
  tokens: {
    /** Signature algorithm by the contract's name, in place of the contract's own. */
    algorithms: ReadonlyMap<string, SigningAlgorithm>;
    refreshGraceSeconds: number;
    assertionMaxSeconds: number;
    userLogins: UserLoginTimes;
  };
  keyLeadSeconds: number;
  oneTimeTokenSeconds: number;
}

export const tokensSettings: readonly Setting[] = [
  {
    name: "SIGNING_ALG_<CONTRACT>",
    fallback: "per contract",
    meaning: "ES256, RS256, PS256 or, unless it has id_tokens, HS256 for one contract, e.g. SIGNING_ALG_MY_CONTRACT=RS256",
  },
  { name: "KEY_LEAD_SECONDS", fallback: "900", meaning: "seconds that a new signing key is published before it signs" },
  {
    name: "REFRESH_GRACE_SECONDS",
    fallback: String(defaultRefreshGraceSeconds),
    meaning: "seconds in which a client whose answer was lost gets the same refresh token again; 0 for none",
  },
  {
    name: "ASSERTION_MAX_SECONDS",
    fallback: String(defaultAssertionMaxSeconds),
    meaning: "seconds that the exp of a client assertion may lie ahead; its jti is remembered until then",
  },
  {
    name: "USER_LOGIN_MAX_SECONDS",
    fallback: String(defaultUserLoginTimes.maxSeconds),
    meaning: "seconds after the login of a programme's user at which everything that came of it ends",
  },
  {
    name: "USER_STEP_UP_SECONDS",
    fallback: String(defaultUserLoginTimes.stepUpSeconds),
    meaning: "seconds that such a user's stronger authentication counts; STANDARD afterwards",
  },
  { name: "ONE_TIME_TOKEN_SECONDS", fallback: "120", meaning: "seconds that a one-time token lives if its maker does not say" },
];

/**
 * @param contracts names of all contracts
 * @param identifying names of those that identify persons
 */
export function readTokens(read: Reader, contracts: readonly string[], identifying: readonly string[]): TokensConfig {
  return {
    tokens: {
      algorithms: readPerContract(read, "SIGNING_ALG_", contracts, (setting, contract) =>
        readAlgorithm(read, setting, identifying.includes(contract)),
      ),
      refreshGraceSeconds: read.integer("REFRESH_GRACE_SECONDS", defaultRefreshGraceSeconds, 0, 600),
      assertionMaxSeconds: read.integer("ASSERTION_MAX_SECONDS", defaultAssertionMaxSeconds, 60, 86_400),
      userLogins: {
        maxSeconds: read.integer("USER_LOGIN_MAX_SECONDS", defaultUserLoginTimes.maxSeconds, 1, 30 * 86_400),
        stepUpSeconds: read.integer("USER_STEP_UP_SECONDS", defaultUserLoginTimes.stepUpSeconds, 1, 30 * 86_400),
      },
    },
    keyLeadSeconds: read.integer("KEY_LEAD_SECONDS", 900, leastLeadSeconds, 30 * 86_400),
    oneTimeTokenSeconds: read.integer("ONE_TIME_TOKEN_SECONDS", 120, 1, 3600),
  };
}

function readAlgorithm(read: Reader, setting: string, identifiesPersons: boolean): SigningAlgorithm | undefined {
  const chosen = read.choice(setting, undefined, signingAlgorithms);
  const fault = identifiesPersons ? findAlgorithmFault(chosen) : undefined;
  if (fault !== undefined) read.faults.push(`${setting} ${fault}`);
  return chosen;
}
