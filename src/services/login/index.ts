import type { operations } from "../../../generated/services/login";
import type { AuthTokens, Logins } from "../../engine/ports";
import { Refusal } from "../../engine/refusal";
import { makeSecret } from "../../keys/secret";
import type { Exchange } from "../../spec/exchange";
import type { ReplyOf, RequestOf } from "../../spec/typed";
import { makeProgrammeOf, type ProgrammeKeyPorts, type ProgrammeOf } from "../programme-key";
import type { Service } from "../service";
import { isPassword } from "./password";
import { refuse } from "./refuse";
import { noCorrelation } from "../../spec/contract";

type Login = operations["loginWithPassword"];

export interface LoginPorts extends ProgrammeKeyPorts {
  logins: Logins;
  authTokens: AuthTokens;
}

/** weavr's login: email and password of a programme's user for an auth token, which can be exchanged and nothing else. */
export function makeLogin(ports: LoginPorts): Service<operations> {
  const own = { ...ports, programmeOf: makeProgrammeOf(ports) };
  return {
    correlation: noCorrelation,
    endpoints: { loginWithPassword: { handle: (request, exchange) => login(own, request, exchange), refuse } },
  };
}

type Ports = LoginPorts & { programmeOf: ProgrammeOf };

async function login(ports: Ports, request: RequestOf<Login>, exchange: Exchange): Promise<ReplyOf<Login>> {
  const { body, headers } = request;
  const now = ports.clock();
  const programme = await ports.programmeOf(headers, exchange);
  exchange.note.grant = "password";
  const user = await ports.logins.findForLogin(programme.id, body.email);
  const matches = await isPassword(body.password.value, user?.passwordHash);
  if (user === undefined || !matches) throw new Refusal("invalid_grant", "unknown user or wrong password");
  if (user.status !== "active") throw new Refusal("access_denied", `user ${user.id} is disabled`);
  const token = makeSecret("auth_token");
  await ports.authTokens.issue(token, user.id, "STANDARD", now);
  return {
    status: 200,
    headers: { "Cache-Control": "no-store", "request-ref": exchange.correlationId },
    body: { token, tokenType: "AUTH", credentials: { type: user.role, id: user.id } },
  };
}
