import type { Reader, Setting } from "./reader";
import type { RateLimit } from "../engine/refusal";
import type { Limits } from "../limits";

/** How often clients may do what, and where that is counted. */
export interface LimitsConfig {
  limits: Limits;
  /** Undefined: counted in the database. */
  redisUrl: string | undefined;
}

export const limitsSettings: readonly Setting[] = [
  {
    name: "FAILURE_LIMIT_SOURCE",
    fallback: "200/900",
    meaning: "failed authentications/seconds from one /24 or /64, before further ones get 429; right proofs still pass; off for none",
  },
  {
    name: "FAILURE_LIMIT_ADDRESS",
    fallback: "1000/60",
    meaning: "failed authentications/seconds from one address, or its /64, before no more are checked from there; off for none",
  },
  { name: "RATE_LIMIT_CLIENT", fallback: "off", meaning: "requests/seconds of one client, such as 600/60" },
  { name: "RATE_LIMIT_API_KEY", fallback: "off", meaning: "requests/seconds under one API key" },
  { name: "RATE_LIMIT_SOURCE", fallback: "off", meaning: "requests/seconds from one address, or from its /64" },
  {
    name: "LOGIN_LIMIT_PERSON",
    fallback: "10/86400",
    meaning: "failed logins/seconds of one person at the pages, before strangers' browsers wait up to 15 minutes per try; off for none",
  },
  {
    name: "LOGIN_LIMIT_SOURCE",
    fallback: "50/900",
    meaning: "failed logins/seconds of a programme's users from one address, or its /64, before 5 in 10 s are let through; off for none",
  },
  {
    name: "LOGIN_LIMIT_PROGRAMME",
    fallback: "200/900",
    meaning: "failed logins/seconds of a programme's users from everywhere, before 10 in 10 s are let through; off for none",
  },
  {
    name: "DEVICE_LIMIT_SOURCE",
    fallback: "60/600",
    meaning: "device codes/seconds that are given to one address, or its /64; off for any number",
  },
  {
    name: "DEVICE_LIMIT_CLIENT",
    fallback: "6000/600",
    meaning: "device codes/seconds that one client is given, wherever its devices are; off for any number",
  },
  {
    name: "REDIS_URL",
    fallback: "none",
    meaning: "redis:// or rediss:// URL where these are counted in place of the database",
    secret: true,
  },
];

export function readLimits(read: Reader): LimitsConfig {
  read.rejectRemoved("FAILURE_LIMIT", "failures no longer count against a client; see FAILURE_LIMIT_ADDRESS");
  return {
    limits: {
      failures: readLimit(read, "FAILURE_LIMIT_ADDRESS", { count: 1000, windowSeconds: 60 }),
      failuresFrom: readLimit(read, "FAILURE_LIMIT_SOURCE", { count: 200, windowSeconds: 900 }),
      perClient: readLimit(read, "RATE_LIMIT_CLIENT", undefined),
      perApiKey: readLimit(read, "RATE_LIMIT_API_KEY", undefined),
      perSource: readLimit(read, "RATE_LIMIT_SOURCE", undefined),
      userLoginsFrom: readLimit(read, "LOGIN_LIMIT_SOURCE", { count: 50, windowSeconds: 900 }),
      userLoginsOf: readLimit(read, "LOGIN_LIMIT_PROGRAMME", { count: 200, windowSeconds: 900 }),
      devicesFrom: readLimit(read, "DEVICE_LIMIT_SOURCE", { count: 60, windowSeconds: 600 }),
      devicesOf: readLimit(read, "DEVICE_LIMIT_CLIENT", { count: 6000, windowSeconds: 600 }),
      perPerson: readLimit(read, "LOGIN_LIMIT_PERSON", { count: 10, windowSeconds: 86_400 }),
    },
    redisUrl: read.matching("REDIS_URL", undefined, isRedis, "a redis:// or rediss:// URL"),
  };
}

function readLimit(read: Reader, name: string, fallback: RateLimit | undefined): RateLimit | undefined {
  const text = read.text(name);
  if (text === undefined) return fallback;
  if (text === "off") return undefined;
  const [, count = "", seconds = ""] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const limit = { count: Number(count), windowSeconds: Number(seconds) };
  if (limit.count >= 1 && limit.windowSeconds >= 1 && limit.windowSeconds <= 86_400) return limit;
  read.faults.push(
    `${name} must be so many in so many seconds, at most a day, such as ${fallback === undefined ? "600/60" : "20/900"}, or off`,
  );
  return fallback;
}

function isRedis(text: string): boolean {
  return URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);
}
