import { timingSafeEqual } from "node:crypto";
import type { operations } from "../../../generated/services/weavr-step-up";
import { mustStillWait } from "../../engine/caller";
import { Refusal } from "../../engine/refusal";
import { makeSecret } from "../../secrets/secret";
import { countAttempt } from "../../limits/counted-attempt";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf, RequestOf } from "../../http/typed";
import { uncached } from "../../http/uncached";
import type { ChallengePorts } from "./challenge";
import { codeLimit, digestOtp, mostAttempts } from "./otp";

type VerifyChallenge = operations["verifyOtpChallenge"];

/**
 * Exchanges a one-time password for a stepped-up auth token. Each attempt is counted before the code is compared, so that
 * guesses made at once count like guesses made one after the other.
 */
export function makeVerifyChallenge(ports: Omit<ChallengePorts, "otpSender">) {
  return async function verifyChallenge(request: RequestOf<VerifyChallenge>, exchange: Exchange): Promise<ReplyOf<VerifyChallenge>> {
    const now = ports.clock();
    exchange.note.grant = "otp";
    const user = await ports.identifyUser(request, exchange, now);
    const subject = { key: `otp-failures of ${user.id}`, limit: codeLimit, isClearedBySuccess: true };
    const attempt = await countAttempt(ports.attempts, [subject], now);
    const { challengeId, verificationCode } = request.body;
    const expected = await attempt.run(() => ports.challenges.countAttempt(challengeId, user.id, mostAttempts, now));
    if (expected === undefined) throw new Refusal("invalid_grant", `user ${user.id} has no such challenge that can still be answered`);
    if (!timingSafeEqual(expected, digestOtp(ports.digest, challengeId, verificationCode))) {
      throw new Refusal("invalid_grant", `wrong one-time password of user ${user.id}`);
    }
    // Before the token is made: if the database fails in between, the challenge is still unspent and can be answered again.
    await attempt.recordSuccess();
    mustStillWait(exchange.caller);
    const token = makeSecret("auth_token");
    if (!(await ports.challenges.redeem(challengeId, token, user.familyId, now))) {
      throw new Refusal("invalid_grant", `user ${user.id} brought a one-time password a second time`);
    }
    return {
      status: 200,
      headers: { ...uncached, "request-ref": exchange.correlationId },
      body: { token, tokenType: "AUTH", credentials: { type: user.type, id: user.id } },
    };
  };
}
