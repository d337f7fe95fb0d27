import type { components, operations } from "../../../generated/services/weavr-login";
import { commonAnswers, makeRefuse, type WeavrAnswer } from "../../contracts/weavr/refusals";
import type { AuthTokens, LoginLocks, LoginName, Logins, LoginUser } from "../../engine/ports/users";
import { Refusal, type RefusalCode } from "../../engine/refusal";
import type { EnforcedLimits } from "../../limits";
import { makeSecret } from "../../secrets/secret";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import { makeFindProgramme, readProgrammeKey, type ProgrammeKeyPorts, type FindProgramme } from "./programme-key";
import type { Service, ServiceDefinition } from "../service";
import { isPassword } from "../../secrets/password";
import { noCorrelation } from "../../http/api";

type LoginOperation = operations["loginWithPassword"];
type LoginFailureCode = components["schemas"]["WeavrFailure"]["code"];

/** The login belongs to the weavr contract and refuses in its shapes. */
const answers = {
  ...commonAnswers,
  subject_not_found: commonAnswers.invalid_grant,
} as const satisfies Record<RefusalCode, WeavrAnswer<LoginFailureCode>>;

const refuse = makeRefuse<LoginFailureCode>(answers, { required: ["email", "password"], objects: ["password"], alternatives: [] });

export interface WeavrLoginPorts extends ProgrammeKeyPorts {
  logins: Logins;
  locks: LoginLocks;
  authTokens: AuthTokens;
  limits: Pick<EnforcedLimits, "countUserLogin">;
}

/** weavr's login: email and password of a programme's user for an auth token, which can only be exchanged. */
function makeLogin(ports: WeavrLoginPorts): Service<operations> {
  const dependencies = { ...ports, findProgramme: makeFindProgramme(ports) };
  return {
    correlation: noCorrelation,
    endpoints: {
      loginWithPassword: {
        handle: (request, exchange) => login(dependencies, request, exchange),
        refuse,
        readCredentials: readProgrammeKey,
        readableFrom: "registered origins",
      },
    },
  };
}

type LoginDependencies = WeavrLoginPorts & { findProgramme: FindProgramme };

async function login(ports: LoginDependencies, request: RequestOf<LoginOperation>, exchange: Exchange): Promise<ReplyOf<LoginOperation>> {
  const { body } = request;
  const now = ports.clock();
  const programme = await ports.findProgramme(request, exchange);
  exchange.note.grant = "password";
  const attempt: LoginAttempt = {
    name: { programmeId: programme.id, email: body.email },
    password: body.password.value,
    source: request.source,
  };
  const user = await authenticateUser(ports, attempt, now);
  if (user.status !== "active") throw new Refusal("access_denied", `user ${user.id} is disabled`);
  const token = makeSecret("auth_token");
  if (!(await ports.authTokens.issue(token, user.id, "STANDARD", now, user.passwordHash))) {
    throw new Refusal("invalid_grant", `user ${user.id} was disabled or got another password while the password was checked`);
  }
  return {
    status: 200,
    headers: { ...uncached, "request-ref": exchange.correlationId },
    body: { token, tokenType: "AUTH", credentials: { type: user.role, id: user.id } },
  };
}

interface LoginAttempt {
  name: LoginName;
  password: string;
  /** IP address that it came from. */
  source: string;
}

/**
 * Finds the user and checks the password. The lock of a name does not notice one password that is tried under many names, so
 * failures count per source and per programme too; those of a locked name do not, because its password is not judged. The result of an attempt is decided when it is recorded, one after the other for each
 * name: of many guesses made at once, those that are recorded after the fifth failure learn nothing, right or wrong. The answer
 * does not tell whether there is such a user.
 * @throws Refusal `invalid_grant`, `locked`, `throttled`
 */
async function authenticateUser(ports: WeavrLoginPorts, { name, password, source }: LoginAttempt, now: number): Promise<LoginUser> {
  if (await ports.locks.isLocked(name, now)) throw makeLockedRefusal(name);
  const attempt = await ports.limits.countUserLogin(name.programmeId, source, now);
  const user = await attempt.run(() => judgePassword(ports, name, password, now));
  await attempt.recordSuccess();
  return user;
}

async function judgePassword({ logins, locks }: WeavrLoginPorts, name: LoginName, password: string, now: number): Promise<LoginUser> {
  const user = await logins.findForLogin(name.programmeId, name.email);
  const matches = await isPassword(password, user?.passwordHash);
  if (user === undefined || !matches) {
    if ((await locks.recordFailure(name, user?.id, now)) === "locked") throw makeLockedRefusal(name);
    throw new Refusal("invalid_grant", "unknown user or wrong password");
  }
  if ((await locks.recordSuccess(name, now)) === "locked") throw makeLockedRefusal(name);
  return user;
}

function makeLockedRefusal({ programmeId }: LoginName): Refusal {
  return new Refusal("locked", `too many failed logins under one name in programme ${programmeId}`);
}

export default { serves: "auth_token", make: makeLogin } satisfies ServiceDefinition<operations, WeavrLoginPorts>;
