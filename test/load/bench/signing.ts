/** `make bench-signing`: how jsonwebtoken and node:crypto should meet, and what a signature costs on other versions of Node. */
import { fork } from "node:child_process";
import { createSign, generateKeyPairSync, type KeyObject, sign as cryptoSign } from "node:crypto";
import { parseArgs } from "node:util";
import { sign as jwtSign } from "jsonwebtoken";
import { runProgram } from "./program";
import { table } from "./report";
import { spreadOf } from "./statistics";

const usage = `make bench-signing ARGS="[options]", or: npx tsx test/load/bench/signing.ts [options]
  --node A,B   Node binaries to compare, in turns (the one that runs this)`;

/** Tells a process to measure one round for the process that started it. */
const once = "--once";

const claims = {
  iss: "http://localhost:3000",
  sub: "demo",
  aud: "http://localhost:3000",
  client_id: "demo",
  scope: "a b",
  iat: 1,
  exp: 2,
  jti: "x",
};
const rounds = 5;
const warmUpMs = 100;
const roundMs = 400;
const concurrency = 16;

type Algorithm = "ES256" | "RS256";
type Way = (algorithm: Algorithm, key: KeyObject) => unknown;

/** What one way needed in one round. */
interface Cost {
  algorithm: Algorithm;
  way: string;
  rate: number;
  cpuMicros: number;
}

/** One round in one process. */
interface Round {
  node: string;
  costs: readonly Cost[];
}

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const options = (key: KeyObject, algorithm: Algorithm) => (algorithm === "ES256" ? { key, dsaEncoding: "ieee-p1363" as const } : { key });
const inputOf = (algorithm: Algorithm): string => `${base64url({ alg: algorithm, typ: "JWT", kid: "k" })}.${base64url(claims)}`;

const reference = "jsonwebtoken.sign, KeyObject";
const ways: Record<string, Way> = {
  [reference]: (algorithm, key) => jwtSign(claims, key, { algorithm, keyid: "k", noTimestamp: true }),
  "crypto.sign, in the loop": (algorithm, key) => {
    const input = inputOf(algorithm);
    return `${input}.${cryptoSign("sha256", Buffer.from(input), options(key, algorithm)).toString("base64url")}`;
  },
  // In ES256 no JWS, because the signature is DER. It shows what the options cost.
  "crypto.sign, key alone": (algorithm, key) => {
    const input = inputOf(algorithm);
    return `${input}.${cryptoSign("sha256", Buffer.from(input), key).toString("base64url")}`;
  },
  "createSign, in the loop": (algorithm, key) => {
    const input = inputOf(algorithm);
    return `${input}.${createSign("sha256").update(input).sign(options(key, algorithm)).toString("base64url")}`;
  },
  "crypto.sign, thread pool": (algorithm, key) => {
    const input = inputOf(algorithm);
    return new Promise((resolve, reject) =>
      cryptoSign("sha256", Buffer.from(input), options(key, algorithm), (error, signature) =>
        error === null ? resolve(`${input}.${signature.toString("base64url")}`) : reject(error),
      ),
    );
  },
};

async function measureOnce(): Promise<Round> {
  const keys: Record<Algorithm, KeyObject> = {
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
    RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  };
  const costs: Cost[] = [];
  for (const algorithm of ["ES256", "RS256"] as const)
    for (const [name, way] of Object.entries(ways)) {
      const sign = () => way(algorithm, keys[algorithm]);
      await signFor(warmUpMs, sign);
      costs.push({ algorithm, way: name, ...(await signFor(roundMs, sign)) });
    }
  return { node: `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`, costs };
}

/** @returns signatures per second, and the CPU time of one in all threads of the process */
async function signFor(milliseconds: number, sign: () => unknown): Promise<{ rate: number; cpuMicros: number }> {
  const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
  let made = 0;
  while (performance.now() - started < milliseconds) {
    await Promise.all(Array.from({ length: concurrency }, sign));
    made += concurrency;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { rate: (made * 1000) / (performance.now() - started), cpuMicros: (user + system) / made };
}

/** @param node path of the binary @throws Error if it cannot be started or ends early */
function measureWith(node: string): Promise<Round> {
  // The child inherits the options by which this process reads TypeScript.
  const child = fork(__filename, [once], { execPath: node });
  return new Promise((resolve, reject) => {
    child.once("message", (round) => resolve(round as Round));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${node} ended early, with ${code}.`)));
  });
}

function render(node: string, costs: readonly Cost[]): string {
  const names = costs.map(({ algorithm, way }) => `${algorithm}\n${way}`);
  const rows = [...new Set(names)].map((name) => {
    const [algorithm = "", way = ""] = name.split("\n");
    const of = (other: string) => costs.filter((cost) => cost.algorithm === algorithm && cost.way === other);
    const [rate, cpu] = [spreadOf(of(way).map((cost) => cost.rate)), spreadOf(of(way).map((cost) => cost.cpuMicros))];
    const times = rate.median / spreadOf(of(reference).map((cost) => cost.rate)).median;
    const between = `${cpu.least.toFixed(1)}–${cpu.most.toFixed(1)}`;
    return [algorithm, way, rate.median.toFixed(0), times.toFixed(2), cpu.median.toFixed(1), between];
  });
  return table(node, ["", "", "tokens/s", "×", "CPU µs", "min–max"], rows);
}

interface SigningOptions {
  /** Paths of Node binaries. */
  nodes: readonly string[];
}

function readSigningOptions(args: readonly string[]): SigningOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: { node: { type: "string", default: process.execPath }, help: { type: "boolean", short: "h", default: false } },
  });
  return values.help ? undefined : { nodes: values.node.split(",") };
}

async function compareNodes({ nodes }: SigningOptions): Promise<string> {
  const measured = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round += 1)
    for (const node of nodes) {
      const { node: name, costs } = await measureWith(node);
      measured.set(name, [...(measured.get(name) ?? []), ...costs]);
    }
  return [...measured].map(([node, costs]) => render(node, costs)).join("\n");
}

if (process.argv.includes(once)) void measureOnce().then((round) => process.send?.(round));
else runProgram(usage, readSigningOptions, compareNodes);
