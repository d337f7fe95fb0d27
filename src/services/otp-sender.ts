import type { OtpSender } from "../engine/ports/otp";
import { Unavailable } from "../engine/refusal";
import { makeWaitingRoom } from "../limits/waiting-room";

const timeoutMs = 3_000;
/** Messages on their way at once. While the webhook does not answer, further ones fail at once. */
const mostOnTheirWay = 64;

/**
 * Sends one-time passwords to a webhook that delivers them: a POST of `{email, code, expiresInSeconds}`, which it answers with
 * any 2xx. Redirects are not followed, so that a password cannot be sent to another server.
 * @param url https, or http for localhost. May itself be secret, so only its origin is ever logged.
 */
export function makeOtpWebhook(url: string): OtpSender {
  const { origin } = new URL(url);
  const room = makeWaitingRoom();
  const makeFailure = (kind: Unavailable["kind"], reason: string, cause?: unknown): Unavailable =>
    new Unavailable("otp_webhook", kind, `one-time password not handed on: ${reason}`, cause);

  async function hand(body: string): Promise<void> {
    const response = await post(url, body).catch((cause: unknown) => {
      const kind = cause instanceof DOMException && cause.name === "TimeoutError" ? "timed_out" : "unreachable";
      throw makeFailure(kind, `no answer from OTP_WEBHOOK_URL at ${origin}`, cause);
    });
    if (!response.ok) throw makeFailure("unreachable", `OTP_WEBHOOK_URL at ${origin} answered ${response.status}`);
  }

  return {
    async send(message) {
      const leave = room.enter([{ name: origin, most: mostOnTheirWay }]);
      if (leave === undefined)
        throw makeFailure("timed_out", `OTP_WEBHOOK_URL at ${origin} is slow and ${mostOnTheirWay} others wait for it`);
      await hand(JSON.stringify(message)).finally(leave);
    },
  };
}

async function post(url: string, body: string): Promise<Response> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { method: "POST", redirect: "error", signal, headers: { "content-type": "application/json" }, body });
  await response.body?.cancel();
  return response;
}

/** Prints one-time passwords on the terminal of the server. For development only. */
export function makeOtpPrinter(write: (line: string) => void): OtpSender {
  return {
    send({ email, code, expiresInSeconds }) {
      write(`One-time password for ${email}: ${code} (good for ${expiresInSeconds} s)`);
      return Promise.resolve();
    },
  };
}
