import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import request, { type Response } from "supertest";
import type { OtpSender } from "../../src/engine/ports/otp";
import { makeOtpPrinter, makeOtpWebhook } from "../../src/services/otp-sender";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { until } from "../harness/installed-server";

const path = "/stepup/challenges/otp";

/** Logs the seeded user in and asks for a one-time password. */
async function requestChallenge(polymint: TestPolymint): Promise<Response> {
  const { email, password } = polymint.user;
  const apiKey = polymint.clients.weavr.secret;
  const login = await request(polymint.url)
    .post("/login_with_password")
    .set("api-key", apiKey)
    .send({ email, password: { value: password } });
  const { token } = login.body as { token: string };
  const response = await request(polymint.url).post(path).set("api-key", apiKey).set("Authorization", `Bearer ${token}`);
  mustConform(response, "weavr-step-up", path);
  return response;
}

async function withOtpSender<T>(otpSender: OtpSender | null, work: (polymint: TestPolymint) => Promise<T>): Promise<T> {
  const polymint = await startPolymint({ otpSender });
  try {
    return await work(polymint);
  } finally {
    await polymint.stop();
  }
}

const lineOf = ({ logs }: TestPolymint, { headers }: Response) =>
  logs.find(({ correlationId }) => correlationId === headers["request-ref"]);
const detailOf = (polymint: TestPolymint, response: Response) => lineOf(polymint, response)?.detail;

describe("the OTP webhook", () => {
  let hook: Server;
  let url: string;
  let received: { method: string | undefined; url: string | undefined; type: string | undefined; body: string }[];
  let reply: (response: ServerResponse) => void;
  beforeAll(async () => {
    hook = createServer((incoming: IncomingMessage, response) => {
      void text(incoming).then((body) => {
        received.push({ method: incoming.method, url: incoming.url, type: incoming.headers["content-type"], body });
        reply(response);
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/otp?key=s3cret`;
  });
  afterAll(() => {
    hook.closeAllConnections();
    hook.close();
  });
  beforeEach(() => {
    received = [];
    reply = (response) => response.writeHead(202).end("on its way");
  });

  it("receives the address, the code and its lifetime as JSON", async () => {
    await withOtpSender(makeOtpWebhook(url), async (polymint) => {
      const response = await requestChallenge(polymint);
      expect(response.status).toBe(200);
      const [only, ...more] = received;
      expect(more).toEqual([]);
      expect(only).toMatchObject({ method: "POST", url: "/otp?key=s3cret", type: "application/json" });
      expect(JSON.parse(only?.body ?? "")).toEqual({
        email: polymint.user.email,
        code: expect.stringMatching(/^\d{6}$/) as string,
        expiresInSeconds: 300,
      });
    });
  });

  it.each<[string, RegExp, (response: ServerResponse) => void]>([
    ["answers 500", /answered 500/, (response) => response.writeHead(500).end()],
    ["answers 404", /answered 404/, (response) => response.writeHead(404).end()],
    ["sends us elsewhere", /no answer/, (response) => response.writeHead(307, { location: "/elsewhere" }).end()],
    ["hangs up", /no answer/, (response) => response.destroy()],
    ["says nothing", /no answer/, () => undefined],
  ])("that %s leads to a 503, and the log names the server but not the code", async (_what, reason, answer) => {
    reply = answer;
    await withOtpSender(makeOtpWebhook(url), async (polymint) => {
      const response = await requestChallenge(polymint);
      expect([response.status, response.text]).toEqual([503, ""]);
      expect(lineOf(polymint, response)?.dependency).toBe("otp_webhook");
      expect(detailOf(polymint, response)).toMatch(reason);
      expect(detailOf(polymint, response)).toContain(new URL(url).origin);
      expect(received).toHaveLength(1);
      const { code } = JSON.parse(received[0]?.body ?? "") as { code: string };
      const logged = JSON.stringify(polymint.logs.map(({ durationMs: _durationMs, ...rest }) => rest));
      expect(logged).not.toContain("s3cret");
      expect(logged).not.toContain(`"${code}"`);
      expect(logged).not.toContain(` ${code}`);
    });
  });

  it("that says nothing keeps 64 messages waiting, and further ones fail at once", async () => {
    const waiting: ServerResponse[] = [];
    reply = (response) => waiting.push(response);
    const webhook = makeOtpWebhook(url);
    const message = { email: "root@example.com", code: "000000", expiresInSeconds: 300 };
    const sent = Array.from({ length: 70 }, () => webhook.send(message).then(() => "sent", String));
    expect(await Promise.all(sent.slice(64))).toEqual(sent.slice(64).map(() => expect.stringContaining("64 others wait for it") as string));
    await until("the others have arrived", () => waiting.length === 64);
    for (const response of waiting) response.end();
    expect(await Promise.all(sent.slice(0, 64))).toEqual(sent.slice(0, 64).map(() => "sent"));
    reply = (response) => response.end();
    await expect(webhook.send(message)).resolves.toBeUndefined();
  });

  it("that says nothing takes no place from other requests", async () => {
    const waiting: ServerResponse[] = [];
    reply = (response) => waiting.push(response);
    const polymint = await startPolymint({ otpSender: makeOtpWebhook(url), maxInFlight: 1 });
    try {
      const challenge = requestChallenge(polymint);
      await until("the message has arrived", () => waiting.length === 1);
      const { clientId, secret } = polymint.clients.abbeycross;
      await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret }).expect(200);
      for (const response of waiting) response.end();
      expect((await challenge).status).toBe(200);
    } finally {
      await polymint.stop();
    }
  });

  it("that cannot be reached leads to a 503", async () => {
    await withOtpSender(makeOtpWebhook("http://127.0.0.1:1/"), async (polymint) => {
      const response = await requestChallenge(polymint);
      expect([response.status, response.text]).toEqual([503, ""]);
      expect(detailOf(polymint, response)).toMatch(/no answer from OTP_WEBHOOK_URL at http:\/\/127\.0\.0\.1:1$/);
    });
  });
});

describe("the OTP printer", () => {
  it("writes one line with the code, for development", async () => {
    const lines: string[] = [];
    await withOtpSender(
      makeOtpPrinter((line) => lines.push(line)),
      async (polymint) => {
        expect((await requestChallenge(polymint)).status).toBe(200);
        expect(lines).toEqual([expect.stringMatching(/^One-time password for root@example\.com: \d{6} \(good for 300 s\)$/)]);
      },
    );
  });
});

describe("a server without an OTP sender", () => {
  it("answers 503, uses no attempt up, and logs what to configure", async () => {
    await withOtpSender(null, async (polymint) => {
      for (let times = 0; times < 6; times += 1) {
        const response = await requestChallenge(polymint);
        expect([response.status, response.text]).toEqual([503, ""]);
        expect(detailOf(polymint, response)).toContain("OTP_WEBHOOK_URL");
      }
    });
  });
});
