import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startPolymint, type TestPolymint } from "../../../src/testkit";
import { authorize } from "../../harness/authorize";
import { jwtBearer } from "../../harness/assertion-client";
import { basic, logIn } from "../../harness/bearer-tokens";
import { registerDevice } from "../../harness/device-client";
import { tokenPaths } from "../../harness/token-requests";

const callback = "https://app.example.net/callback";

/** Members of a body: those that prove who asks, and those that make the request succeed. */
interface GoodValues {
  credentials: object;
  others: object;
}

/** The server that is tested, with valid credentials of all kinds. */
export interface TestedServer {
  url: string;
  /** The variables of schemathesis.toml and hooks.py. Tokens are new with every call. */
  makeEnvironment(contract: string): Promise<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts a server on a database of its own, and beside it one that tells good values by operation. */
export async function startTestedServer(): Promise<TestedServer> {
  const polymint = await startPolymint({ clock: "real" });
  const app = await registerApp(polymint);
  const goodValues = makeGoodValues(polymint, { app, device: await registerDevice(polymint) });
  const teller = createServer((request, response) => {
    const make = goodValues[request.url?.slice(1) ?? ""] ?? (() => ({ credentials: {}, others: {} }));
    void Promise.resolve(make()).then((values) => response.end(JSON.stringify(values)));
  });
  await new Promise<void>((resolve) => void teller.listen(0, "127.0.0.1", resolve));
  return {
    url: polymint.url,
    makeEnvironment: async (contract) => {
      const client = contract === "firstvision" ? { id: "demo-firstvision", secret: polymint.clients.firstvision.secret } : app;
      return {
        POLYMINT_GOOD_VALUES: `http://127.0.0.1:${(teller.address() as AddressInfo).port}`,
        POLYMINT_CLIENT_ID: client.id,
        POLYMINT_CLIENT_SECRET: client.secret,
        POLYMINT_API_KEY: polymint.clients.weavr.secret,
        POLYMINT_AUTH_TOKEN: await logIn(polymint),
        POLYMINT_ACCESS_TOKEN: await getPersonToken(polymint, app),
      };
    },
    stop: async () => {
      await new Promise((resolve) => teller.close(resolve));
      await polymint.stop();
    },
  };
}

interface RegisteredApp {
  id: string;
  secret: string;
}

async function registerApp(polymint: TestPolymint): Promise<RegisteredApp> {
  const { client, secret } = await polymint.register({
    contracts: ["screening-eagle"],
    scopes: ["openid", "email", "inspect"],
    redirectUris: [callback],
    services: ["introspection", "revocation"],
  });
  return { id: client.id, secret: secret?.value ?? "" };
}

/** How to make good values, by `operationId`. An operation that is not listed needs none. */
function makeGoodValues(
  polymint: TestPolymint,
  { app, device }: { app: RegisteredApp; device: string },
): Record<string, () => GoodValues | Promise<GoodValues>> {
  const { abbeycross, raidiam } = polymint.clients;
  const askAboutToken = async () => ({ credentials: {}, others: { token: await getAppToken(polymint, app) } });
  return {
    issueAbbeycrossToken: () => ({ credentials: { client_id: abbeycross.clientId, client_secret: abbeycross.secret }, others: {} }),
    issueRaidiamToken: () => ({
      credentials: { client_assertion_type: jwtBearer, client_assertion: raidiam.assertion(polymint.issuer) },
      others: { grant_type: "client_credentials" },
    }),
    issueScreeningEagleToken: () => ({ credentials: {}, others: { grant_type: "client_credentials", scope: "inspect" } }),
    issueWeavrToken: () => ({ credentials: {}, others: { identity: polymint.user.identities[0] } }),
    authorizeDevice: () => ({ credentials: { client_id: device }, others: { scope: "a" } }),
    introspectToken: askAboutToken,
    revokeToken: askAboutToken,
    loginWithPassword: () => ({
      credentials: {},
      others: { email: polymint.user.email, password: { value: polymint.user.password } },
    }),
    verifyOtpChallenge: async () => ({ credentials: {}, others: await requestChallenge(polymint) }),
  };
}

/** Has a one-time password sent. After a few, the rate limit of the user is exhausted, and there is no more. */
async function requestChallenge(polymint: TestPolymint): Promise<object> {
  const headers = { "api-key": polymint.clients.weavr.secret, authorization: `Bearer ${await logIn(polymint)}` };
  const response = await fetch(`${polymint.url}/stepup/challenges/otp`, { method: "POST", headers });
  if (response.status !== 200) return {};
  const { challengeId } = (await response.json()) as { challengeId: string };
  return { challengeId, verificationCode: polymint.otps.at(-1)?.code };
}

function getAppToken(polymint: TestPolymint, app: RegisteredApp): Promise<string> {
  return requestToken(polymint, app, { grant_type: "client_credentials", scope: "inspect" });
}

async function getPersonToken(polymint: TestPolymint, app: RegisteredApp): Promise<string> {
  const { code, codeVerifier } = await authorize(polymint, { clientId: app.id, redirectUri: callback, scope: "openid email" });
  return requestToken(polymint, app, { grant_type: "authorization_code", code, redirect_uri: callback, code_verifier: codeVerifier });
}

/** @throws Error with the response if that is no token */
async function requestToken(polymint: TestPolymint, app: RegisteredApp, form: Record<string, string>): Promise<string> {
  const response = await fetch(`${polymint.url}${tokenPaths["screening-eagle"]}`, {
    method: "POST",
    headers: { authorization: basic(app.id, app.secret) },
    body: new URLSearchParams(form),
  });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token, but ${response.status}`);
  return access_token;
}
