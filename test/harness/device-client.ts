/** A device that gets its tokens by the device code grant (RFC 8628). */
import request, { type Test } from "supertest";
import { readUserCode } from "../../src/engine/user-code";
import type { Registration } from "../../src/registration/registration";
import { makeDeviceCodes } from "../../src/store/people/device-codes";
import { startSession } from "./own-person";
import type { TestPolymint } from "../../src/testkit";

export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

type DeviceFormFields = Record<string, string>;

/** The response of the device authorization endpoint (RFC 8628 §3.2). */
export interface DeviceCodes {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
}

/** Registers a public client with the device code grant. @returns its id */
export async function registerDevice(polymint: TestPolymint, registration: Partial<Registration> = {}): Promise<string> {
  const usual: Registration = {
    contracts: ["raidiam"],
    authMethods: ["none"],
    grants: ["device_code"],
    scopes: ["a", "b"],
    name: "Television",
  };
  return (await polymint.register({ ...usual, ...registration })).client.id;
}

/** Sends a device authorization request. */
export function postDeviceAuthorization(polymint: { url: string }, form: DeviceFormFields): Test {
  return request(polymint.url).post("/device_authorization").type("form").send(form);
}

/** Requests device codes. @throws Error with the response if that is a refusal */
export async function requestDeviceCodes(polymint: { url: string }, form: DeviceFormFields): Promise<DeviceCodes> {
  const response = await postDeviceAuthorization(polymint, form);
  if (response.status !== 200) throw new Error(`the server gave no device codes: ${response.text}`);
  return response.body as DeviceCodes;
}

/** Requests the token of a device code, as a device does again and again. */
export function pollForToken(polymint: { url: string }, clientId: string, deviceCode: string): Test {
  return request(polymint.url).post("/token").type("form").send({ grant_type: deviceGrant, client_id: clientId, device_code: deviceCode });
}

/** Stores a person's decision on the codes, as the page does. */
export async function decideDeviceRequest(
  polymint: TestPolymint,
  codes: DeviceCodes,
  approved: boolean,
  { personId = polymint.person.id, scope = ["a", "b"] }: { personId?: string; scope?: string[] } = {},
): Promise<void> {
  const { database, clock } = polymint;
  const authTime = Math.floor(clock() / 1000) - 7;
  const decision = { approved, personId, session: await startSession(polymint, personId), authTime, scope };
  const decided = await makeDeviceCodes(database).decide(readUserCode(codes.user_code) ?? "", decision, clock());
  if (!decided) throw new Error("there was nothing to decide");
}
