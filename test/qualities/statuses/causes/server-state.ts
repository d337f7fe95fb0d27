import { send } from "../../bad-input/request-builder";
import { type StatusCause, makeCause } from "../cause";
import { allOperations } from "../operations";

const counted = allOperations.filter(({ contract }) => contract !== "health");

const full = counted.map((asked) =>
  makeCause(asked, 429, "The server works on as many requests as it was configured for.", async (stage) =>
    send(stage.full.url, await asked.draft(stage)),
  ),
);

const starting = [...counted, ...allOperations.filter(({ path }) => path === "/health/ready")].map((asked) =>
  makeCause(asked, 503, "The server has not reached its database since it was started.", async (stage) =>
    send(stage.starting.url, await asked.draft(stage)),
  ),
);

/** Contracts that can be switched off, with their login, step-up and device authorization; and a document that one of them publishes. */
const switchable = allOperations.filter(
  ({ contract, path }) => !["oauth2", "userinfo", "health", "discovery"].includes(contract) || path.endsWith("openid-configuration"),
);

const off = switchable.map((asked) =>
  makeCause(asked, 404, "The operator has switched the contract off.", async (stage) => send(stage.off.url, await asked.draft(stage))),
);

/** What the state of the server alone decides. */
export const serverState: readonly StatusCause[] = [...full, ...starting, ...off];
