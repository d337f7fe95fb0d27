import { randomBytes } from "node:crypto";
import { callbackPath, quoteForShell, toOwnRedirectUri } from "../../contracts/demo";
import { makeCodeChallenge } from "../../engine/pkce";
import { Refusal } from "../../engine/refusal";
import { isRegisteredUri } from "../../pages/authorize/redirect-uri";
import { type Html, html } from "../../pages/framework/html";
import { type HtmlReply, linkTo, type Page, type PageReply, type PageRequest } from "../../pages/framework/page";
import { type CodeCookie, type PendingCode } from "./code-cookie";
import { type FlowContract, listFlowContracts, renderContractField, renderInput } from "./flows";
import { renderPlaygroundPage } from "./page";
import type { PlaygroundPorts } from "./ports";
import { outdatedForm, renderAlert } from "./view";

/** Makes the page where the authorization code flow begins. */
export function makeCodePage(ports: PlaygroundPorts, cookie: CodeCookie): Page {
  const flows = listFlowContracts("authorization_code", ports);
  const [first] = flows;
  if (first === undefined) return { path: "/playground-code", enabled: false };
  return {
    path: "/playground-code",
    enabled: true,
    get: ({ visitor }) => {
      const { client } = first;
      const values = { client_id: client?.id ?? "", scope: client?.scopes.join(" ") ?? "", nonce: makeRandom() };
      return Promise.resolve(renderForm(ports, visitor, flows, first, values));
    },
    post: (request) => begin(request, ports, cookie, flows),
    renewForm: ({ visitor, form }, refusal) => {
      const alert = renderAlert("Nothing was begun", outdatedForm);
      return Promise.resolve({ ...renderForm(ports, visitor, flows, first, form, alert), status: 403, refusal });
    },
  };
}

function makeRandom(): string {
  return randomBytes(16).toString("base64url");
}

function renderForm(
  ports: PlaygroundPorts,
  visitor: PageRequest["visitor"],
  flows: readonly FlowContract[],
  chosen: FlowContract,
  values: Readonly<Record<string, string>>,
  alert?: Html,
): HtmlReply {
  return renderPlaygroundPage(
    ports,
    "Authorization code with PKCE",
    html`
      <p class="lead">This page plays the application. A person logs in and agrees at the server, which sends a code back.</p>
      ${alert}
      <form method="post" action="${linkTo("/playground-code")}" class="ask">
        ${visitor.renderFormToken()} ${renderContractField(flows, chosen)} ${renderInput("client_id", "Client id", values.client_id)}
        ${renderInput("scope", "Scope", values.scope, "Separated by spaces. With openid there is an id_token.")}
        ${renderInput("nonce", "Nonce", values.nonce, "Comes back in the id_token. It may be empty.")}
        <div class="actions"><button type="submit">Make the authorization request</button></div>
      </form>
    `,
  );
}

/** Bounds what goes into the cookie. */
const longestField = 500;

async function begin(request: PageRequest, ports: PlaygroundPorts, cookie: CodeCookie, flows: readonly FlowContract[]): Promise<PageReply> {
  const { form, visitor } = request;
  const flow = flows.find(({ contract }) => contract.name === form.contract);
  if (flow === undefined) throw new Refusal("not_found", "no contract of that name offers authorization codes");
  const { client_id: clientId = "", scope = "", nonce } = form;
  const redirectUri = toOwnRedirectUri(callbackPath, ports.issuer);
  const fault = [clientId, scope, nonce ?? ""].some((text) => text.length > longestField)
    ? [`Each field has ${longestField} characters at most.`]
    : await findClientFault(clientId, redirectUri, ports);
  if (fault !== undefined)
    return { ...renderForm(ports, visitor, flows, flow, form, renderAlert("This cannot work yet", fault)), status: 400 };

  const pending: PendingCode = {
    contract: flow.contract.name,
    clientId,
    redirectUri,
    state: makeRandom(),
    nonce,
    codeVerifier: makeVerifier(),
  };
  const query = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scope === "" ? {} : { scope }),
    state: pending.state,
    ...(nonce === undefined ? {} : { nonce }),
    code_challenge: makeCodeChallenge(pending.codeVerifier),
    code_challenge_method: "S256",
  };
  return { ...renderRequestPage(ports, query, pending), setCookies: [cookie.serialize(pending)] };
}

function makeVerifier(): string {
  return randomBytes(32).toString("base64url");
}

/** @returns why the authorization endpoint would send nobody back, and the cure; undefined if it would */
async function findClientFault(clientId: string, redirectUri: string, { clients }: PlaygroundPorts): Promise<string[] | undefined> {
  const client = await clients.findById(clientId);
  if (client === undefined) {
    return [
      `There is no client “${clientId}”. Register one with polymint client create, with --redirect-uri ${quoteForShell(redirectUri)}.`,
    ];
  }
  if (isRegisteredUri(redirectUri, client.redirectUris)) return undefined;
  const command = `npx polymint client update ${quoteForShell(clientId)} --redirect-uri ${quoteForShell(redirectUri)}`;
  return [
    `The redirect URI ${redirectUri} is not registered for this client, so the server would not send the browser back here.`,
    `Register it with: ${command}`,
    "The option replaces what is registered: name the other redirect URIs of the client too, each with an option of its own.",
  ];
}

const meanings: Readonly<Record<string, string>> = {
  response_type: "a code is wanted",
  client_id: "who asks",
  redirect_uri: "where the browser comes back to, registered to the letter",
  scope: "what for",
  state: "comes back unchanged: it ties the answer to this browser",
  nonce: "comes back in the id_token",
  code_challenge: "the SHA-256 of the code_verifier, which this browser keeps",
  code_challenge_method: "how the challenge was made",
};

function renderRequestPage(ports: PlaygroundPorts, query: Readonly<Record<string, string>>, { codeVerifier }: PendingCode): HtmlReply {
  const address = `${ports.issuer}/authorize?${new URLSearchParams(query).toString()}`;
  const rows = Object.entries(query).map(
    ([name, value]) =>
      html`<tr>
        <th scope="row"><code>${name}</code></th>
        <td><code>${value}</code></td>
        <td>${meanings[name]}</td>
      </tr>`,
  );
  return renderPlaygroundPage(
    ports,
    "The authorization request",
    html`
      <p class="lead">The application now sends the person's browser to this address. You have ten minutes.</p>
      <pre tabindex="0"><code class="break">${address}</code></pre>
      <div class="actions"><a class="button" href="${linkTo("/authorize", query)}">Go there, to log in and agree</a></div>
      <div class="scroll" tabindex="0" role="region" aria-labelledby="parameters">
        <table>
          <caption id="parameters">
            Its parameters
          </caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Value</th>
              <th scope="col">Meaning</th>
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div>
      <p class="soft">This browser keeps the code_verifier <code>${codeVerifier}</code> in a cookie until it comes back.</p>
    `,
  );
}
