import { callbackPath, toOwnRedirectUri } from "../../src/contracts/demo";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";
import { type Browser, formsOf, makeBrowser, type PageResponse } from "../harness/browser";
import { ember, tide } from "../harness/other-contracts";

/** A server with the playground, as a demonstration has it. */
export interface PlaygroundServer {
  polymint: TestPolymint;
  /** The redirect URI of its callback page. */
  callback: string;
  /** An application that is registered with it, and its secret. */
  app: { id: string; secret: string };
  /** A device without a secret. */
  deviceId: string;
}

/** A command of the demonstration that the start page shows. */
export const command =
  "curl -sS http://localhost:3000/v1/oauth/token \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"client_id\":\"demo\"}'";

const commands = [
  { contract: "abbeycross", title: "a token", isFlow: false, text: command },
  { contract: "screening-eagle", title: "an application", isFlow: true, text: "open http://localhost:3000/authorize" },
];

/** Starts a server with every page for integrators. The demo's own clients of the flows are there too. */
export async function startPlayground(options: TestOptions = {}): Promise<PlaygroundServer> {
  const started: TestPolymint[] = [];
  const all = () => Object.values(started[0]?.clients ?? {}).flatMap((client) => client ?? []);
  const ownSecrets: Record<string, string> = {};
  const demo = {
    get secrets() {
      return { ...Object.fromEntries(all().map(({ clientId, secret }) => [clientId, secret])), ...ownSecrets };
    },
    get person() {
      return started[0]?.person;
    },
    get user() {
      const { email = "", password = "", identities = [] } = started[0]?.user ?? {};
      return { email, password, identityId: identities[0]?.id ?? "" };
    },
    commands,
    signAssertion: (clientId: string, audience: string) =>
      all()
        .find((client) => client.clientId === clientId)
        ?.assertion(audience) ?? "",
  };
  const polymint = await startPolymint({
    wiring: [tide, ember],
    frontDoor: { demo },
    sandbox: true,
    trustedProxies: ["127.0.0.1"],
    ...options,
  });
  started.push(polymint);
  const callback = toOwnRedirectUri(callbackPath, polymint.issuer);
  const { client, secret } = await polymint.register({
    ...{ id: "demo-screening-eagle-app", contracts: ["screening-eagle"], name: "Inspector", redirectUris: [callback] },
    ...{ scopes: ["openid", "email", "profile", "offline", "inspect"], services: ["introspection"] },
  });
  ownSecrets[client.id] = secret?.value ?? "";
  const device = await polymint.register({
    ...{ id: "demo-raidiam-device", contracts: ["raidiam"], name: "Television", scopes: ["directory:software"] },
    ...{ authMethods: ["none"], grants: ["device_code"] },
  });
  return { polymint, callback, app: { id: client.id, secret: ownSecrets[client.id] ?? "" }, deviceId: device.client.id };
}

/** A browser without JavaScript, from an address of its own. */
export function openBrowser({ polymint }: PlaygroundServer, source: string): Browser {
  const browser = makeBrowser(polymint.url);
  const from = { "x-forwarded-for": source };
  return {
    ...browser,
    get: (path, headers) => browser.get(path, { ...from, ...headers }),
    post: (path, fields, headers) => browser.post(path, fields, { ...from, ...headers }),
    submit: (page, fields, button) => submitForm(page, fields, button, (action, all) => browser.post(action, all, from)),
  };
}

/** Submits the form that has this button, with its text areas and choices too. */
function submitForm(
  page: PageResponse,
  fields: Record<string, string> = {},
  button: string | undefined,
  post: (action: string, fields: Record<string, string>) => Promise<PageResponse>,
): Promise<PageResponse> {
  const form = formsOf(page).find(({ buttons }) => button === undefined || buttons.some(({ text }) => text === button));
  const pressed = form?.buttons.find(({ text }) => button === undefined || text === button);
  if (form === undefined || pressed === undefined) throw new Error(`no button ${button ?? ""}: ${page.status} ${page.text}`);
  const own = pressed.name === undefined ? {} : { [pressed.name]: pressed.value };
  return post(new URL(form.action, page.url).href, { ...form.fields, ...readOtherFields(page), ...fields, ...own });
}

function readOtherFields({ text }: PageResponse): Record<string, string> {
  const areas = [...text.matchAll(/<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)<\/textarea>/g)];
  const choices = [...text.matchAll(/<select[^>]* name="([^"]*)"[^>]*>.*?<option selected>([^<]*)/gs)];
  return Object.fromEntries([...areas, ...choices].map(([, name = "", value = ""]) => [name, readText(value)]));
}

/** What a reader sees of a page, without its forms. */
export function readPage({ text }: PageResponse): string {
  const content = text.slice(text.indexOf("<main>")).replaceAll(/<form.*?<\/form>/gs, "");
  return readText(content.replaceAll(/<[^>]+>/g, " ")).replaceAll(/\s+/g, " ");
}

function readText(markup: string): string {
  const characters: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return markup.replaceAll(/&(lt|gt|quot|#39|amp);/g, (_entity, name: string) => characters[name] ?? "");
}
