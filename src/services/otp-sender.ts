import type { OtpSender } from "../engine/ports/otp";
import { Unavailable } from "../engine/refusal";

const timeoutMs = 3_000;

/**
 * Sends one-time passwords to a webhook that delivers them: a POST of `{email, code, expiresInSeconds}`, which it answers with
 * any 2xx. Redirects are not followed, so that a password cannot be sent to another server.
 * @param url https, or http for localhost. May itself be secret, so only its origin is ever logged.
 */
export function makeOtpWebhook(url: string): OtpSender {
  const { origin } = new URL(url);
  return {
    async send(message) {
      const response = await post(url, JSON.stringify(message)).catch((cause: unknown) => {
        const kind = cause instanceof DOMException && cause.name === "TimeoutError" ? "timed_out" : "unreachable";
        throw new Unavailable("otp_webhook", kind, `one-time password not handed on: no answer from OTP_WEBHOOK_URL at ${origin}`, cause);
      });
      if (!response.ok) {
        throw new Unavailable(
          "otp_webhook",
          "unreachable",
          `one-time password not handed on: OTP_WEBHOOK_URL at ${origin} answered ${response.status}`,
        );
      }
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
