/** Causes in the state of the server: full, still starting, or with contracts switched off. */
import { send } from "../../bad-input/request-builder";
import { type StatusCause, makeCause } from "../cause";
import { allOperations } from "../operations";

const counted = allOperations.filter(({ contract }) => contract !== "health");

const full = counted.map((operation) =>
  makeCause(operation, 429, "The server already handles as many requests as it is configured for.", async (servers) =>
    send(servers.full.url, await operation.makeRequest(servers)),
  ),
);

const starting = [...counted, ...allOperations.filter(({ path }) => path === "/health/ready")].map((operation) =>
  makeCause(operation, 503, "The server has not reached its database since it was started.", async (servers) =>
    send(servers.starting.url, await operation.makeRequest(servers)),
  ),
);

/** Operations that belong to a contract which can be switched off; so does the OpenID configuration document. */
const switchable = allOperations.filter(
  ({ contract, path }) => !["oauth2", "userinfo", "health", "discovery"].includes(contract) || path.endsWith("openid-configuration"),
);

const off = switchable.map((operation) =>
  makeCause(operation, 404, "The operator has switched the contract off.", async (servers) =>
    send(servers.off.url, await operation.makeRequest(servers)),
  ),
);

export const serverState: readonly StatusCause[] = [...full, ...starting, ...off];
