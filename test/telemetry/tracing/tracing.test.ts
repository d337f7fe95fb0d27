import request from "supertest";
import { startPolymint, type TestPolymint } from "../../../src/testkit";
import { openTracing, type Tracing } from "../../../src/telemetry/tracing";
import { grantOfContract, sendTraffic } from "../../harness/watched-traffic";
import { type Collector, type Span, startCollector } from "./collector";

jest.setTimeout(60_000);

const callerTraceId = "0af7651916cd43dd8448eb211c80319c";
const callerSpanId = "b7ad6b7169203331";

/** Runs work against a server with tracing, until all spans are sent. @returns the collector */
async function traceRequests(work: (polymint: TestPolymint) => Promise<void>): Promise<Collector> {
  const collector = await startCollector();
  const errors: string[] = [];
  let tracing: Tracing | undefined;
  const polymint = await startPolymint({
    makeObserver: () => (tracing = openTracing(`${collector.url}/v1/traces`, (reason) => errors.push(reason))).observer,
  });
  await work(polymint);
  await polymint.stop();
  await tracing?.close();
  await collector.close();
  expect(errors).toEqual([]);
  return collector;
}

const attributesOf = ({ attributes }: Span): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
const findChildren = (spans: readonly Span[], { spanId, traceId }: Span): Span[] =>
  spans.filter((span) => span.parentSpanId === spanId && span.traceId === traceId);

describe("the traces of every contract", () => {
  let collector: Collector;
  let secrets: string[];

  beforeAll(async () => {
    collector = await traceRequests(async (polymint) => {
      secrets = await sendTraffic(polymint);
    });
  });

  it.each(Object.entries(grantOfContract))(
    "have one span for a token request of %s, with its steps as children in their order",
    (contract, grant) => {
      const spans = collector.spans();
      const whole = spans.filter((span) => {
        const attributes = attributesOf(span);
        return attributes["polymint.contract"] === contract && attributes["polymint.outcome"] === "ok";
      });
      expect(whole).toHaveLength(1);
      const [span] = whole as [Span];
      expect(span.name).toMatch(new RegExp(`^${contract} [A-Za-z]+$`));
      expect(span).toMatchObject({ kind: 2 });
      expect(span.parentSpanId ?? "").toBe("");
      expect(attributesOf(span)).toEqual({
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "polymint.contract": contract,
        "polymint.grant": grant,
        "polymint.outcome": "ok",
      });
      const steps = findChildren(spans, span).sort((one, other) =>
        BigInt(one.startTimeUnixNano) < BigInt(other.startTimeUnixNano) ? -1 : 1,
      );
      expect(steps.map(({ name }) => name)).toEqual(["authenticate", "decide", "mint", "record"]);
      const times = [
        span.startTimeUnixNano,
        ...steps.flatMap((step) => [step.startTimeUnixNano, step.endTimeUnixNano]),
        span.endTimeUnixNano,
      ];
      expect(times.map(BigInt)).toEqual(times.map(BigInt).sort((one, other) => (one < other ? -1 : 1)));
    },
  );

  it("end a refused request with the step that refused it", () => {
    const spans = collector.spans();
    const refused = spans.filter((span) => attributesOf(span)["polymint.outcome"] === "invalid_client");
    expect(refused.length).toBeGreaterThanOrEqual(4);
    for (const span of refused) expect(findChildren(spans, span).map(({ name }) => name)).toEqual(["authenticate"]);
  });

  it("have attributes from closed sets and contain no secret that was sent or received", () => {
    const text = collector.received();
    expect(text).toContain("service.name");
    expect(secrets.length).toBeGreaterThan(20);
    for (const secret of secrets) expect(text).not.toContain(secret);
    const keys = new Set(collector.spans().flatMap((span) => span.attributes.map(({ key }) => key)));
    const known = ["http.request.method", "http.response.status_code", "polymint.contract", "polymint.grant", "polymint.outcome"];
    expect([...keys].sort()).toEqual(known);
  });
});

describe("a caller's traceparent", () => {
  it("makes the server's span a child of the caller's, and is ignored if it is not well-formed", async () => {
    const good = `00-${callerTraceId}-${callerSpanId}-01`;
    const later = `cc-${callerTraceId}-${callerSpanId}-01-what-the-future-will-be-like`;
    const bad = [
      `00-${callerTraceId}-${callerSpanId}-01-more`,
      `ff-${callerTraceId}-${callerSpanId}-01`,
      `00-${"0".repeat(32)}-${callerSpanId}-01`,
      `00-${callerTraceId}-${"0".repeat(16)}-01`,
      `00-${callerTraceId.toUpperCase()}-${callerSpanId}-01`,
      `00-${callerTraceId}-${callerSpanId}`,
      "hunter2",
    ];
    const collector = await traceRequests(async ({ url }) => {
      for (const traceparent of [good, later, ...bad]) await request(url).get("/health/live").set("traceparent", traceparent).expect(200);
      await request(url).get("/health/live").set("traceparent", `00-${callerTraceId}-${callerSpanId}-00`).expect(200);
    });
    const spans = collector.spans();
    const children = spans.filter((span) => span.traceId === callerTraceId);
    expect(children.map(({ parentSpanId }) => parentSpanId)).toEqual([callerSpanId, callerSpanId]);
    const own = spans.filter((span) => span.traceId !== callerTraceId);
    expect(own).toHaveLength(bad.length);
    for (const span of own) expect(span.parentSpanId ?? "").toBe("");
    expect([...new Set(spans.map(({ name }) => name))]).toEqual([expect.stringMatching(/^health [A-Za-z]+$/)]);
    expect(collector.received()).not.toContain("hunter2");
  });

  it("never adds a request's steps to the span of another request at the same time", async () => {
    const collector = await traceRequests(async (polymint) => {
      const { clientId, secret } = polymint.clients.abbeycross;
      const answers = Array.from({ length: 24 }, (_, n) =>
        request(polymint.url)
          .post("/v1/oauth/token")
          .send({ client_id: clientId, client_secret: n % 2 === 0 ? secret : "wrong" }),
      );
      await Promise.all(answers);
    });
    const spans = collector.spans();
    const steps = (outcome: string) =>
      spans.filter((span) => attributesOf(span)["polymint.outcome"] === outcome).map((span) => findChildren(spans, span).length);
    expect(steps("ok")).toEqual(Array.from({ length: 12 }, () => 4));
    expect(steps("invalid_client")).toEqual(Array.from({ length: 12 }, () => 1));
  });
});

it("a collector that refuses everything does not affect answers, and is reported once", async () => {
  const collector = await startCollector(404);
  const errors: string[] = [];
  let tracing: Tracing | undefined;
  const polymint = await startPolymint({
    makeObserver: () => (tracing = openTracing(collector.url, (reason) => errors.push(reason))).observer,
  });
  // More spans than one message holds.
  for (let n = 0; n < 600; n += 1) expect((await fetch(`${polymint.url}/health/live`)).status).toBe(200);
  await tracing?.close();
  await polymint.stop();
  await collector.close();
  expect(collector.spans().length).toBeGreaterThanOrEqual(600);
  expect(errors).toHaveLength(1);
});
