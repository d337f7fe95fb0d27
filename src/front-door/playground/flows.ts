import type { DemoClient } from "../../contracts/demo";
import type { PlacedContract } from "../../contracts/wire";
import type { AuthMethod } from "../../engine/client";
import { type Html, html } from "../../pages/framework/html";
import { type Call, findServiceCall, listTokenCalls } from "./calls";
import type { Draft } from "./draft";
import type { PlaygroundPorts } from "./ports";

/** The grants in which a person takes part, each with the parameter that its token request carries. */
const credentials = { authorization_code: "code", device_code: "device_code" } as const;

export type FlowGrant = keyof typeof credentials;

/** A contract that offers a flow by the names of its RFC, so that the playground can make its token request. */
export interface FlowContract {
  contract: PlacedContract;
  call: Call;
  /** The demo client of the flow, if this is a demonstration and has one. */
  client: DemoClient | undefined;
}

/** Lists the contracts that offer a flow. */
export function listFlowContracts(grant: FlowGrant, ports: PlaygroundPorts): FlowContract[] {
  if (grant === "device_code" && findServiceCall(ports.services, "authorizeDevice") === undefined) return [];
  return ports.all.flatMap((contract) => {
    const call = listTokenCalls(contract).find(({ operation }) => operation.declared.body.has(credentials[grant]));
    if (call === undefined || !contract.policy.grants.includes(grant)) return [];
    const clients = [contract.demo.withPerson?.client, contract.demo.client];
    const uses = (client: DemoClient | undefined) =>
      grant === "authorization_code" ? client?.redirectUris !== undefined : client?.grants?.includes(grant) === true;
    return [{ contract, call, client: ports.demo && clients.find(uses) }];
  });
}

interface Flow {
  path: `/${string}`;
  title: string;
  text: string;
}

/** Lists the flows that any contract offers. */
export function listFlows(ports: PlaygroundPorts): Flow[] {
  const code: Flow = {
    path: "/playground-code",
    title: "Authorization code",
    text: "An application with PKCE: log in, agree, exchange the code, then refresh, userinfo, introspect and revoke.",
  };
  const device: Flow = {
    path: "/playground-device",
    title: "Device",
    text: "A device without a keyboard: a code to type elsewhere, and polls.",
  };
  return [
    ...(listFlowContracts("authorization_code", ports).length > 0 ? [code] : []),
    ...(listFlowContracts("device_code", ports).length > 0 ? [device] : []),
  ];
}

/** How a client of a flow names and proves itself. */
export interface FlowClient {
  clientId: string;
  secret: string;
  /** RFC 7523. */
  assertion: string;
}

export function readFlowClient(form: Readonly<Record<string, string>>): FlowClient {
  const { client_id: clientId = "", client_secret: secret = "", client_assertion: assertion = "" } = form;
  return { clientId: clientId.trim(), secret: secret.trim(), assertion: assertion.trim() };
}

/**
 * Makes the draft of a request by the names of RFC 6749 §2.3 and RFC 7523 §2.2.
 * @param methods how clients authenticate where it goes
 */
export function makeFlowDraft(
  { operation: { mediaType = "" } }: Call,
  fields: Readonly<Record<string, string>>,
  { clientId, secret, assertion }: FlowClient,
  methods: readonly AuthMethod[],
): Draft {
  const byBasic = secret !== "" && methods.includes("client_secret_basic");
  const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const all = {
    ...fields,
    ...(byBasic ? {} : { client_id: clientId }),
    ...(secret === "" || byBasic ? {} : { client_secret: secret }),
    ...(assertion === "" ? {} : { client_assertion_type: assertionType, client_assertion: assertion }),
  };
  const basic = byBasic ? { user: encodeURIComponent(clientId), password: encodeURIComponent(secret) } : {};
  if (mediaType.includes("json")) return { body: JSON.stringify(all), ...basic };
  return { ...Object.fromEntries(Object.entries(all).map(([name, value]) => [`form.${name}`, value])), ...basic };
}

/** Renders the fields of a client's credentials. @param methods those of the contract */
export function renderCredentialFields({ clientId, secret, assertion }: FlowClient, methods: readonly AuthMethod[]): Html {
  return html`
    ${renderInput("client_id", "Client id", clientId)}
    ${renderInput("client_secret", "Client secret", secret, "Empty for a client that has none.")}
    ${methods.includes("private_key_jwt") ? renderInput("client_assertion", "Client assertion", assertion, "For private_key_jwt: what polymint assertion prints.") : undefined}
  `;
}

export function renderHidden(fields: Readonly<Record<string, string>>): Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
}

export function renderInput(name: string, label: string, value: string | undefined, hint?: string): Html {
  return html`<label for="${name}">${label}</label>
    ${hint === undefined ? undefined : html`<span class="hint" id="${name}-hint">${hint}</span>`}
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      ${hint === undefined ? undefined : html`aria-describedby="${name}-hint"`}
    />`;
}

/** Renders the contract that a flow uses: a choice if there are several. */
export function renderContractField(all: readonly FlowContract[], chosen: FlowContract): Html {
  const { name } = chosen.contract;
  if (all.length === 1) return html`<input type="hidden" name="contract" value="${name}" />`;
  const options = all.map(({ contract }) =>
    contract.name === name ? html`<option selected>${contract.name}</option>` : html`<option>${contract.name}</option>`,
  );
  return html`<label for="contract">Contract</label>
    <select id="contract" name="contract">
      ${options}
    </select>`;
}
