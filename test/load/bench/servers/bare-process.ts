import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type BareRequest, makeBareEndpoints } from "./bare-endpoints";
import type { BareSettings } from "./bare-settings";

/** The bare server's process. See `bare.ts`. */
const endpoints = makeBareEndpoints(JSON.parse(process.env.BENCH_SETTINGS ?? "") as BareSettings);

async function writeAnswer(path: string, request: BareRequest, response: ServerResponse): Promise<void> {
  const answer = await endpoints.get(path)?.(request);
  const body = JSON.stringify(answer ?? { error: "invalid_client" });
  response.writeHead(answer === undefined ? 401 : 200, {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const { authorization = "" } = request.headers;
    void writeAnswer(path, { query, authorization, body: Buffer.concat(chunks).toString() }, response);
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
