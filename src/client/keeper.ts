import type { Token } from "./answer";
import { TokenRefused } from "./refused";

/** What came of asking for a token. */
export interface Asked<Answer> {
  token: Token<Answer>;
  refreshToken: string | undefined;
}

export interface KeeperPorts<Answer> {
  /** Asks by the grant that works at any time. Undefined if the client has no such grant. */
  ask: (() => Promise<Asked<Answer>>) | undefined;
  /** Asks with a refresh token. Undefined for contracts without. */
  refresh: ((refreshToken: string) => Promise<Asked<Answer>>) | undefined;
  /** Epoch milliseconds. */
  clock: () => number;
  /** How long before its end a token is replaced. */
  refreshBeforeSeconds: number;
}

export interface TokenKeeper<Answer> {
  /** @returns the kept token, or a new one shortly before it ends. Callers that wait at the same time share one request */
  get: (options?: { force?: boolean }) => Promise<Token<Answer>>;
  /**
   * Keeps what was exchanged for something that works once, in the place of all before. It may be a person's: until `forget` is
   * called, `ask` never takes its place.
   */
  keepExchanged: (asked: Asked<Answer>) => void;
  /** Forgets token and refresh token. */
  forget: () => void;
}

interface Kept<Answer> extends Asked<Answer> {
  /** Epoch milliseconds. */
  since: number;
  exchanged: boolean;
}

/** Makes what keeps a token and replaces it in time. */
export function makeKeeper<Answer>({ ask, refresh, clock, refreshBeforeSeconds }: KeeperPorts<Answer>): TokenKeeper<Answer> {
  let kept: Kept<Answer> | undefined;
  let pending: Promise<Token<Answer>> | undefined;

  const keep = (asked: Asked<Answer>, exchanged: boolean): Kept<Answer> => (kept = { ...asked, since: clock(), exchanged });

  /** A tenth of the lifetime at most, so that a token of a few seconds is used at all. */
  const isFresh = ({ token: { expiresAt }, since }: Kept<Answer>): boolean =>
    clock() < expiresAt - Math.min(refreshBeforeSeconds * 1000, (expiresAt - since) / 10);

  /** @param before what was kept at first. If that has changed at the end, it may be another person's: the new token is not kept */
  const renew = async (before: Kept<Answer> | undefined): Promise<Token<Answer>> => {
    if (refresh === undefined || before?.refreshToken === undefined) return takeNew(before);
    try {
      const { token, refreshToken: next = before.refreshToken } = await refresh(before.refreshToken);
      // Without a new refresh token, the old one stays good (RFC 6749 §6).
      if (kept === before) keep({ token, refreshToken: next }, before.exchanged);
      return token;
    } catch (error) {
      if (!(error instanceof TokenRefused) || error.isTemporary) throw error;
      // The refresh token is dead; the token may still be good.
      const without = { ...before, refreshToken: undefined };
      if (kept === before) kept = without;
      if (ask === undefined || before.exchanged) throw error;
      return takeNew(without);
    }
  };

  const takeNew = async (before: Kept<Answer> | undefined): Promise<Token<Answer>> => {
    if (ask === undefined || before?.exchanged === true)
      throw new Error("the client cannot ask for a token by itself: call `exchange`, or give the factory more credentials");
    const asked = await ask();
    if (kept === before) keep(asked, false);
    return asked.token;
  };

  /** While the old token is still good, a server that is away does not matter. */
  const renewOrKeep = async (force: boolean): Promise<Token<Answer>> => {
    const before = kept;
    try {
      return await renew(before);
    } catch (error) {
      const isRefused = error instanceof TokenRefused && !error.isTemporary;
      if (force || isRefused || before === undefined || clock() >= before.token.expiresAt) throw error;
      return before.token;
    }
  };

  /** Those who ask from now on do not share the request of those before. */
  const replace = (next: Kept<Answer> | undefined): void => {
    kept = next;
    pending = undefined;
  };

  return {
    get: ({ force = false } = {}) => {
      if (!force && kept !== undefined && isFresh(kept)) return Promise.resolve(kept.token);
      if (pending !== undefined) return pending;
      const own = renewOrKeep(force).finally(() => {
        if (pending === own) pending = undefined;
      });
      pending = own;
      return own;
    },
    keepExchanged: (asked) => replace(keep(asked, true)),
    forget: () => replace(undefined),
  };
}
