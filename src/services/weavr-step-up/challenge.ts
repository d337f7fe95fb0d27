import { randomUUID } from "node:crypto";
import type { operations } from "../../../generated/services/weavr-step-up";
import { waitForOtherServer } from "../../engine/caller";
import type { OtpChallenges, OtpSender } from "../../engine/ports/otp";
import type { Attempts } from "../../engine/ports/counts";
import type { SecretDigest } from "../../engine/ports/clients";
import { Unavailable } from "../../engine/refusal";
import type { Clock } from "../../engine/client";
import { countAttempt } from "../../limits/counted-attempt";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import type { IdentifyUser } from "./user";
import { challengeLimit, digestOtp, makeOtp, otpLifetimeSeconds } from "./otp";

type CreateChallenge = operations["createOtpChallenge"];

export interface ChallengePorts {
  identifyUser: IdentifyUser;
  attempts: Attempts;
  challenges: OtpChallenges;
  /** Undefined if none is configured. */
  otpSender: OtpSender | undefined;
  digest: SecretDigest;
  clock: Clock;
}

/** Sends a one-time password. It is recorded and counted first, so that a user gets no more messages than the limit allows. */
export function makeCreateChallenge(ports: ChallengePorts) {
  return async function createChallenge(request: RequestOf<CreateChallenge>, exchange: Exchange): Promise<ReplyOf<CreateChallenge>> {
    const now = ports.clock();
    exchange.note.grant = "otp_challenge";
    const user = await ports.identifyUser(request, exchange, now);
    const { otpSender } = ports;
    if (otpSender === undefined) {
      throw new Unavailable(
        "otp_webhook",
        "unreachable",
        "one-time passwords cannot be sent: set OTP_WEBHOOK_URL to where they are handed on",
      );
    }
    await countAttempt(ports.attempts, [{ key: `otp-challenges of ${user.id}`, limit: challengeLimit }], now);
    const id = randomUUID();
    const code = makeOtp();
    const codeDigest = digestOtp(ports.digest, id, code);
    await ports.challenges.create({ id, userId: user.id, codeDigest, lifetimeSeconds: otpLifetimeSeconds }, now);
    const message = { email: user.email, code, expiresInSeconds: otpLifetimeSeconds };
    await waitForOtherServer(exchange.caller, () => otpSender.send(message));
    return {
      status: 200,
      headers: { ...uncached, "request-ref": exchange.correlationId },
      body: { challengeId: id, expiresIn: otpLifetimeSeconds },
    };
  };
}
