/** Scenarios: attacks that must not reach an unrelated client. */
import { randomBytes, randomUUID } from "node:crypto";
import { Agent, createServer, request } from "node:http";
import type { InstalledServer, ServerProcess } from "../../../harness/installed-server";
import { jwtBearer } from "../../../harness/assertion-client";
import type { Flaw } from "./broken-server";
import { type AttackKind, findBystanderFaults, watchBystander } from "./bystander";
import { sendSteadily } from "./steady";
import {
  countTokens,
  type Effort,
  findCommonFaults,
  fullEffort,
  type ScenarioFigures,
  startStressedServer,
  stopServer,
} from "./stressed-server";

/** Junk assertions per second. If all of them waited for the fetch, which is given up after three seconds, some 500 would wait at once. */
const junkPerSecond = 350;
/** Operations in progress: fewer than that, and many times what bystander and attackers need. */
const maxInFlight = 300;
/** Long enough for that many to gather. */
const leastMs = 6_000;
/** Forged headers per second. A server that needs more than 30 ms for one has no time for others. */
const headersPerSecond = 30;

/** A request without a credential. It is refused, and counts as no failure, which would lock the bystander out at the same address. */
const harmless = { grant_type: "client_credentials" };

interface AttackPlan {
  /** Of the folder that holds the data. */
  folder: string;
  name: string;
  settings: Readonly<Record<string, string>>;
  send: SendAttack;
  perSecond: number;
}

/** Sends one request of the attackers. @returns the status */
type SendAttack = (kind: AttackKind, url: string, agent: Agent) => Promise<number>;

/** One address sends junk assertions for a client whose key server accepts connections and never answers. */
export async function attackWithHangingKeys(
  installed: InstalledServer,
  effort: Effort = fullEffort,
  flaw?: Flaw,
): Promise<ScenarioFigures> {
  const keyServer = createServer(() => undefined);
  await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
  const { port } = keyServer.address() as { port: number };
  const id = `hanging-${randomUUID()}`;
  const plan: AttackPlan = {
    folder: "hanging-keys",
    name: `a jwks_uri that hangs, ${junkPerSecond} junk assertions/s`,
    settings: { MAX_IN_FLIGHT: String(maxInFlight) },
    send: (kind, url, agent) => postForm(`${url}/token`, kind === "attack" ? makeJunk(id) : harmless, {}, agent),
    perSecond: junkPerSecond,
  };
  const register = async (data: string): Promise<void> => {
    const args = ["client", "create", "--contract", "raidiam", "--id", id, "--jwks", `http://127.0.0.1:${port}/jwks`];
    const { code, stderr } = await installed.run(args, { POLYMINT_DATA: data });
    if (code !== 0) throw new Error(`the client was not registered: ${stderr}`);
  };
  try {
    return await attackServer(plan, installed, effort, flaw, register);
  } finally {
    keyServer.closeAllConnections();
    keyServer.close();
  }
}

/** A listed proxy passes on certificate headers of 7,500 blanks. */
export function attackWithCertificateHeaders(
  installed: InstalledServer,
  effort: Effort = fullEffort,
  flaw?: Flaw,
): Promise<ScenarioFigures> {
  const forged = { "x-ssl-client-cert": `-----BEGIN CERTIFICATE-----${" ".repeat(7_500)}!` };
  const form = { grant_type: "client_credentials", client_id: "demo-raidiam" };
  const plan: AttackPlan = {
    folder: "certificate-headers",
    name: `certificate headers of 7,500 blanks, ${headersPerSecond}/s`,
    settings: { TRUSTED_PROXIES: "127.0.0.1", CLIENT_CERT_HEADER: "x-ssl-client-cert" },
    send: (kind, url, agent) =>
      kind === "attack" ? postForm(`${url}/token`, form, forged, agent) : postForm(`${url}/token`, harmless, {}, agent),
    perSecond: headersPerSecond,
  };
  return attackServer(plan, installed, effort, flaw);
}

async function attackServer(
  { folder, name, settings, send, perSecond }: AttackPlan,
  installed: InstalledServer,
  effort: Effort,
  flaw: Flaw | undefined,
  prepare: (data: string) => Promise<void> = () => Promise.resolve(),
): Promise<ScenarioFigures> {
  // One process, so that attackers and bystander meet.
  const { data, url, server, body } = await startStressedServer(
    installed,
    folder,
    { ...settings, WORKERS: "1", LOG_LEVEL: "silent" },
    flaw,
  );
  await prepare(data);
  const agent = new Agent({ keepAlive: true });
  const statuses = new Map<number, number>();
  const start = (kind: AttackKind): (() => Promise<void>) =>
    sendSteadily(perSecond, async () => {
      const status = await send(kind, url, agent);
      if (kind === "attack") statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
  const { load, bystander } = await watchBystander({ url, body, eachMs: Math.max(leastMs, effort.aroundMs), start });
  agent.destroy();
  // A broken server is still busy with the attack, and does not end in good order.
  if (flaw === undefined) await stopServer(server);
  else await endServer(server);
  const counted = await countTokens(name, data, load, 0);
  const answers = [...statuses].map(([status, count]) => `${count} × ${status === 0 ? "no answer" : status}`).join(", ");
  const faults = [...findCommonFaults(counted), ...findBystanderFaults(bystander)];
  return { ...counted, bystander, remark: `the attack got ${answers}`, faults };
}

async function endServer(server: ServerProcess): Promise<void> {
  server.kill("SIGTERM");
  await server.ended;
}

/** An assertion whose signature is random. */
function makeJunk(id: string): Record<string, string> {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: "http://polymint.test", iat: seconds, exp: seconds + 60, jti: randomUUID() };
  const parts = [Buffer.from('{"alg":"ES256"}'), Buffer.from(JSON.stringify(claims)), randomBytes(64)];
  const assertion = parts.map((part) => part.toString("base64url")).join(".");
  return { grant_type: "client_credentials", client_assertion_type: jwtBearer, client_assertion: assertion };
}

/** @returns the status; 0 if there was no answer within 20 s */
function postForm(url: string, form: Record<string, string>, more: Record<string, string>, agent: Agent): Promise<number> {
  const body = new URLSearchParams(form).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded", "Content-Length": Buffer.byteLength(body), ...more };
  return new Promise((resolve) => {
    const sent = request(url, { method: "POST", agent, headers, timeout: 20_000 }, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode ?? 0))
        .on("error", () => resolve(0));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(0)).end(body);
  });
}
