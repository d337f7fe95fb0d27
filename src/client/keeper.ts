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

/** Makes what keeps a token and replaces it in time. */
export function makeKeeper<Answer>({ ask, refresh, clock, refreshBeforeSeconds }: KeeperPorts<Answer>): TokenKeeper<Answer> {
  let kept: (Asked<Answer> & { since: number; exchanged: boolean }) | undefined;
  let pending: Promise<Token<Answer>> | undefined;

  const keep = (asked: Asked<Answer>, exchanged: boolean): void => {
    kept = { ...asked, since: clock(), exchanged };
  };

  /** A tenth of the lifetime at most, so that a token of a few seconds is used at all. */
  const isFresh = ({ token: { expiresAt }, since }: { token: Token<Answer>; since: number }): boolean =>
    clock() < expiresAt - Math.min(refreshBeforeSeconds * 1000, (expiresAt - since) / 10);

  const renew = async (): Promise<Token<Answer>> => {
    const refreshToken = kept?.refreshToken;
    if (refresh === undefined || refreshToken === undefined) return takeNew();
    try {
      const { token, refreshToken: next = refreshToken } = await refresh(refreshToken);
      // Without a new refresh token, the old one stays good (RFC 6749 §6).
      keep({ token, refreshToken: next }, kept?.exchanged ?? false);
      return token;
    } catch (error) {
      if (!(error instanceof TokenRefused) || error.isTemporary) throw error;
      // The refresh token is dead; the token may still be good.
      if (kept !== undefined) kept = { ...kept, refreshToken: undefined };
      if (ask === undefined || kept?.exchanged === true) throw error;
      return takeNew();
    }
  };

  const takeNew = async (): Promise<Token<Answer>> => {
    if (ask === undefined || kept?.exchanged === true)
      throw new Error("the client cannot ask for a token by itself: call `exchange`, or give the factory more credentials");
    const asked = await ask();
    keep(asked, false);
    return asked.token;
  };

  /** While the old token is still good, a server that is away does not matter. */
  const renewOrKeep = async (force: boolean): Promise<Token<Answer>> => {
    try {
      return await renew();
    } catch (error) {
      const isRefused = error instanceof TokenRefused && !error.isTemporary;
      if (force || isRefused || kept === undefined || clock() >= kept.token.expiresAt) throw error;
      return kept.token;
    }
  };

  return {
    get: ({ force = false } = {}) => {
      if (!force && kept !== undefined && isFresh(kept)) return Promise.resolve(kept.token);
      pending ??= renewOrKeep(force).finally(() => (pending = undefined));
      return pending;
    },
    keepExchanged: (asked) => keep(asked, true),
    forget: () => (kept = undefined),
  };
}
