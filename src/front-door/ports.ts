import type { KeyObject } from "node:crypto";
import type { Algorithm } from "jsonwebtoken";
import type { PlacedContract } from "../contracts/wire";
import type { Clock } from "../engine/client";
import type { OpensAt } from "../engine/working-hours";
import type { Spec } from "../http/api";
import type { ConsentedCodePorts } from "../pages/authorize/consented-code";
import type { InnerRequests } from "../server/inner-requests";
import type { SandboxView } from "./sandbox";
import type { FrontDoorDemo } from "./options";

/** A contract, and whether it is served. */
export interface DoorContract {
  contract: PlacedContract;
  enabled: boolean;
  /** Undefined: always open. */
  opensAt: OpensAt | undefined;
}

/** A supporting API. */
export interface DoorService {
  name: string;
  spec: Spec;
  enabled: boolean;
}

/** Finds the key that a token was signed with. */
export interface VerifyingKeys {
  findVerifyingKey(kid: string): Promise<{ algorithm: Algorithm; verifyWith: KeyObject } | undefined>;
}

/** What the playground takes from the engine. */
export interface PlaygroundEngine extends Omit<ConsentedCodePorts, "issuer"> {
  keys: VerifyingKeys;
  people: { byEmail(email: string): Promise<{ person: { id: string }; passwordHash: string } | undefined> };
}

/** What the pages for integrators are made of. */
export interface FrontDoorPorts {
  /** Base of the URLs that clients call, without a trailing slash. */
  issuer: string;
  contracts: readonly DoorContract[];
  services: readonly DoorService[];
  demo: FrontDoorDemo | undefined;
  engine: PlaygroundEngine;
  /** Sends requests of the playground to this server itself. */
  inner: Pick<InnerRequests, "send">;
  /** Undefined without the sandbox. */
  sandbox: SandboxView | undefined;
  clock: Clock;
}
