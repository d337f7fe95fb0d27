/** Causes in rate limits and working hours. */
import { send } from "../../bad-input/request-builder";
import { inBasic } from "../../bad-input/request-parts";
import { type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, login } = operations;

const rates = [abbeycross, raidiam, screeningEagle, weavr].map((operation) =>
  makeCause(operation, 429, "The client, or its API key, has asked for more tokens than it may in a minute.", async (servers) => {
    const limited = { ...servers, polymint: servers.limited };
    await send(servers.limited.url, await operation.makeRequest(limited));
    return send(servers.limited.url, await operation.makeRequest(limited));
  }),
);

const failures = makeCause(firstvision, 429, "Too many wrong secrets have come from this network.", async (servers) => {
  const limited = { ...servers, polymint: servers.limited };
  const wrong = inBasic("secret").replace(await firstvision.makeRequest(limited), "of-nobody-0123456789");
  for (let tries = 0; tries < 3; tries += 1) await send(servers.limited.url, wrong);
  return send(servers.limited.url, wrong);
});

const keyUsedUp = makeCause(login, 429, "The API key has been used more often than it may in a minute.", async (servers) => {
  const limited = { ...servers, polymint: servers.limited };
  await send(servers.limited.url, await login.makeRequest(limited));
  return send(servers.limited.url, await login.makeRequest(limited));
});

const closed = makeCause(abbeycross, 503, "Outside the working hours of the contract, which opens again on Monday.", async (servers) =>
  send(servers.closed.url, await abbeycross.makeRequest(servers)),
);

export const limits: readonly StatusCause[] = [...rates, failures, keyUsedUp, closed];
