import type { Response } from "supertest";
import { Agent, fetch } from "undici";

/** A client that connects over TLS, keeps its connection, and shows a certificate if it has one. */
export interface TlsClient {
  /** Posts a form. */
  post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

/** @param ca PEM of the authority that the server's certificate comes from @param holder what to show */
export function makeTlsClient(url: string, ca: string, holder: { cert: string; key: string } | undefined): TlsClient {
  const own = holder === undefined ? {} : { cert: holder.cert, key: holder.key };
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
