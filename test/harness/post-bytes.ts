/** Sends bodies byte by byte. */
import type { Response } from "supertest";

/** Posts exactly these bytes, which supertest would serialise in its own way. */
export async function postBytes(url: string, bytes: Buffer | string, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(url, { method: "POST", body: bytes, headers });
  const text = await answer.text();
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text } as unknown as Response;
}
