import type { DemoRequest } from "../../src/contracts/demo";
import { makeCurlFormat } from "../../src/process/demo-curl";

it.each<[DemoRequest, string]>([
  [{ path: "/token", form: { a: "1" } }, "curl -sS http://host/token -d a=1"],
  [{ path: "/token", method: "GET" }, "curl -sS http://host/token"],
  [{ path: "/token" }, "curl -sS http://host/token -X POST"],
  [{ path: "/token", method: "PUT" }, "curl -sS http://host/token -X PUT"],
  [{ path: "/token", method: "PUT", form: { a: "1" } }, "curl -sS http://host/token -X PUT -d a=1"],
  [{ path: "/token", form: { a: "$(x) `y`" } }, "curl -sS http://host/token --data-urlencode 'a=$(x) `y`'"],
])("curl sends %j with its method, and the shell runs nothing in it", (request, command) => {
  expect(makeCurlFormat().formatCurl("http://host", request, " ")).toBe(command);
});

it("the shell runs the command that a value stands for, and nothing beside it", () => {
  const format = makeCurlFormat();
  const request = { path: "/token", json: { code: format.substitute("make code"), note: "$(x) `y`" } };
  expect(format.formatCurl("http://host", request, " ")).toContain('-d "{\\"code\\":\\"$(make code)\\",\\"note\\":\\"\\$(x) \\`y\\`\\"}"');
});
