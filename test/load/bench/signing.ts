import { createSign, generateKeyPairSync, type KeyObject, sign as cryptoSign } from "node:crypto";
import { sign as jwtSign } from "jsonwebtoken";

/**
 * How should jsonwebtoken and node:crypto meet? Signs the same claims four ways, in turns, and prints tokens per second
 * with their spread over the rounds. Run with `make bench-signing`.
 */
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
const roundMs = 600;
const concurrency = 16;

type Algorithm = "ES256" | "RS256";
type Way = (algorithm: Algorithm, key: KeyObject) => unknown;

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const options = (key: KeyObject, algorithm: Algorithm) => (algorithm === "ES256" ? { key, dsaEncoding: "ieee-p1363" as const } : { key });

const ways: Record<string, Way> = {
  "jsonwebtoken.sign, KeyObject": (algorithm, key) => jwtSign(claims, key, { algorithm, keyid: "k", noTimestamp: true }),
  "crypto.sign, in the loop": (algorithm, key) => {
    const input = `${base64url({ alg: algorithm, typ: "JWT", kid: "k" })}.${base64url(claims)}`;
    return `${input}.${cryptoSign("sha256", Buffer.from(input), options(key, algorithm)).toString("base64url")}`;
  },
  "createSign, in the loop": (algorithm, key) => {
    const input = `${base64url({ alg: algorithm, typ: "JWT", kid: "k" })}.${base64url(claims)}`;
    return `${input}.${createSign("sha256").update(input).sign(options(key, algorithm)).toString("base64url")}`;
  },
  "crypto.sign, thread pool": (algorithm, key) => {
    const input = `${base64url({ alg: algorithm, typ: "JWT", kid: "k" })}.${base64url(claims)}`;
    return new Promise((resolve, reject) =>
      cryptoSign("sha256", Buffer.from(input), options(key, algorithm), (error, signature) =>
        error === null ? resolve(`${input}.${signature.toString("base64url")}`) : reject(error),
      ),
    );
  },
};

const keys: Record<Algorithm, KeyObject> = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
};

async function tokensPerSecond(way: Way, algorithm: Algorithm): Promise<number> {
  const started = performance.now();
  let made = 0;
  while (performance.now() - started < roundMs) {
    await Promise.all(Array.from({ length: concurrency }, () => way(algorithm, keys[algorithm])));
    made += concurrency;
  }
  return (made * 1000) / (performance.now() - started);
}

async function main(): Promise<void> {
  for (const algorithm of ["ES256", "RS256"] as const) {
    const rates = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1)
      for (const [name, way] of Object.entries(ways)) rates.get(name)?.push(await tokensPerSecond(way, algorithm));
    const base = median(rates.get("jsonwebtoken.sign, KeyObject") ?? []);
    for (const [name, measured] of rates) {
      const [low, high] = [Math.min(...measured), Math.max(...measured)];
      process.stdout.write(
        `${algorithm}  ${name.padEnd(30)} ${median(measured).toFixed(0).padStart(7)}/s  (${low.toFixed(0)}–${high.toFixed(0)})  ×${(median(measured) / base).toFixed(2)}\n`,
      );
    }
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

void main();
