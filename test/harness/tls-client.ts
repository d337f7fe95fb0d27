/** An HTTP client over TLS, with or without a client certificate. */
import type { Response } from "supertest";
import { Agent, fetch } from "undici";

/** A client with one TLS connection, on which it shows its certificate if it has one. */
export interface TlsClient {
  /** Posts a form. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** @param ca PEM of the authority that issued the server's certificate @param certificate the client's own */
export function makeTlsClient(url: string, ca: string, certificate: { cert: string; key: string } | undefined): TlsClient {
  const own = certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key };
  const dispatcher = new Agent({ connect: { ca, ...own }, connections: 1 });
  return {
    async post(path, form, headers = {}) {
      const answer = await fetch(`${url}${path}`, { method: "POST", body: new URLSearchParams(form), headers, dispatcher });
      const text = await answer.text();
      const body: unknown = text === "" ? {} : JSON.parse(text);
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text, body } as unknown as Response;
    },
    close: () => dispatcher.close(),
  };
}
