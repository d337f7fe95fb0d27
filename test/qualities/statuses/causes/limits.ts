import { send } from "../../bad-input/request-builder";
import { inBasic } from "../../bad-input/request-parts";
import { type StatusCause, makeCause } from "../cause";
import { operations } from "../operations";

const { abbeycross, firstvision, raidiam, screeningEagle, weavr, login } = operations;

const rates = [abbeycross, raidiam, screeningEagle, weavr].map((asked) =>
  makeCause(asked, 429, "The client, or its API key, has asked for more tokens than it may in a minute.", async (stage) => {
    const limited = { ...stage, polymint: stage.limited };
    await send(stage.limited.url, await asked.draft(limited));
    return send(stage.limited.url, await asked.draft(limited));
  }),
);

const failures = makeCause(firstvision, 429, "Too many wrong secrets of this client have come from this network.", async (stage) => {
  const limited = { ...stage, polymint: stage.limited };
  const wrong = inBasic("secret").replace(await firstvision.draft(limited), "of-nobody-0123456789");
  for (let tries = 0; tries < 3; tries += 1) await send(stage.limited.url, wrong);
  return send(stage.limited.url, wrong);
});

const keyUsedUp = makeCause(login, 429, "The API key has been used more often than it may in a minute.", async (stage) => {
  const limited = { ...stage, polymint: stage.limited };
  await send(stage.limited.url, await login.draft(limited));
  return send(stage.limited.url, await login.draft(limited));
});

const closed = makeCause(abbeycross, 503, "Outside the working hours of the contract, which opens again on Monday.", async (stage) =>
  send(stage.closed.url, await abbeycross.draft(stage)),
);

/** What may be asked how often, and when. */
export const limits: readonly StatusCause[] = [...rates, failures, keyUsedUp, closed];
