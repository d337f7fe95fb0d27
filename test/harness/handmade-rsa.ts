/** RSA keys of any size and exponent, made by hand: node:crypto makes no bad ones, and takes long for large ones. */
import { createHash, generatePrimeSync, type JsonWebKey } from "node:crypto";

export interface HandmadeRsa {
  /** Public. */
  jwk: JsonWebKey;
  /** With the private exponent. */
  privateJwk: JsonWebKey;
  /** @returns an RS256 signature */
  sign: (input: string) => Buffer;
}

/** The beginning of a SHA-256 DigestInfo (RFC 8017 §9.2). */
const digestInfo = Buffer.from("3031300d060960864801650304020105000420", "hex");

/**
 * @param primeBits bits of each prime: several small ones are found faster than two large ones
 * @param exponent odd
 */
export function makeHandmadeRsa(primeBits: readonly number[], exponent = 65_537n): HandmadeRsa {
  const primes = primeBits.map((bits) => findPrime(bits, exponent));
  const modulus = primes.reduce((product, prime) => product * prime, 1n);
  const order = primes.reduce((product, prime) => product * (prime - 1n), 1n);
  const secret = invert(exponent, order);
  const bytes = Math.ceil(modulus.toString(2).length / 8);
  const jwk = { kty: "RSA", n: encode(modulus), e: encode(exponent) };
  return {
    jwk,
    privateJwk: { ...jwk, d: encode(secret) },
    sign(input) {
      const digest = Buffer.concat([digestInfo, createHash("sha256").update(input).digest()]);
      const padding = Buffer.alloc(bytes - digest.length - 3, 0xff);
      const padded = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), digest]);
      const signature = raise(BigInt(`0x${padded.toString("hex")}`), secret, modulus);
      return Buffer.from(signature.toString(16).padStart(bytes * 2, "0"), "hex");
    },
  };
}

/** A prime after which the exponent still has an inverse. */
function findPrime(bits: number, exponent: bigint): bigint {
  for (;;) {
    const prime = generatePrimeSync(bits, { bigint: true });
    if (greatestCommonDivisor(prime - 1n, exponent) === 1n) return prime;
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

function invert(value: bigint, modulus: bigint): bigint {
  let [previous, rest, factor, next] = [modulus, value % modulus, 0n, 1n];
  while (rest !== 0n) {
    const quotient = previous / rest;
    [previous, rest, factor, next] = [rest, previous - quotient * rest, next, factor - quotient * next];
  }
  return ((factor % modulus) + modulus) % modulus;
}

function raise(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

function encode(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}
