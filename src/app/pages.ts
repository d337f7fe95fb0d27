import type { Express } from "express";
import { isOffered } from "../engine/contracts";
import { makeFrontDoor } from "../front-door";
import type { SandboxView } from "../front-door/sandbox";
import { makeAuthorizePages } from "../pages/authorize";
import { makeDevicePage } from "../pages/device";
import { makeBrowserCookie } from "../pages/framework/browser-cookie";
import { makeDeviceCookie } from "../pages/framework/device-cookie";
import { mountPages, type PageOptions } from "../pages/framework/mount";
import type { Page } from "../pages/framework/page";
import { makeLoginPage } from "../pages/login";
import { makeLogoutPage } from "../pages/login/logout";
import type { InnerRequests } from "../server/inner-requests";
import { makeDerivedMac } from "../secrets/derived-mac";
import { isEnabled, listEnabledContracts } from "./contracts";
import type { Engine } from "./engine";
import type { AppSettings } from "./options";
import { isServiceEnabled } from "./services";
import { services } from "../../generated/wiring";

/** What only pages for integrators need. */
interface FrontDoorParts {
  inner?: InnerRequests | undefined;
  sandbox?: SandboxView | undefined;
}

/** Builds every page for the people who log in. `destinations` are the pages to which a login may return. */
function buildPages(engine: Engine, settings: AppSettings): Page[] {
  const contracts = listEnabledContracts(settings);
  const { issuer } = settings.identity;
  const loginMac = makeDerivedMac(settings.secrets.pepper, "login demand");
  const offersCodes = isOffered("authorization_code", contracts);
  const { authorize, consent } = makeAuthorizePages({ ...engine, contracts, loginMac, issuer, enabled: offersCodes });
  const destinations: Page[] = [authorize, makeDevicePage({ ...engine, enabled: isOffered("device_code", contracts) })];
  const enabled = destinations.some((page) => page.enabled);
  const login = makeLoginPage({ ...engine, personLogins: engine.limits.personLogins, destinations, enabled });
  return [...destinations, consent, login, makeLogoutPage({ enabled })];
}

/** Builds the pages for integrators, if there shall be any. */
function buildFrontDoor(engine: Engine, settings: AppSettings, { inner, sandbox }: FrontDoorParts): Page[] {
  const { frontDoor, identity, clock, contracts } = settings;
  if (frontDoor === undefined || inner === undefined) return [];
  const enabled = listEnabledContracts(settings);
  return makeFrontDoor({
    engine: { ...engine, contracts: enabled },
    inner,
    issuer: identity.issuer,
    contracts: contracts.all.map((contract) => ({
      contract,
      enabled: isEnabled(contract.name, settings),
      opensAt: contracts.opensAt.get(contract.name),
    })),
    services: services.map(({ name, spec, definition }) => ({
      name,
      spec,
      enabled: isServiceEnabled(definition, enabled, settings.sandbox !== undefined),
    })),
    demo: frontDoor.demo,
    sandbox,
    clock,
  });
}

/** Mounts every page. @param shared what the pages share with the APIs @param inner for the pages for integrators @returns the paths of the pages, each with what switches it off */
export function mountAllPages(
  app: Express,
  engine: Engine,
  settings: AppSettings,
  shared: Pick<PageOptions, "capacity" | "onOutcome" | "readsOnly" | "started" | "peerOf" | "deadline" | "countSource">,
  parts: FrontDoorParts = {},
): ReadonlyMap<string, readonly string[]> {
  const { identity, secrets, clock } = settings;
  const pages = buildPages(engine, settings);
  const frontDoor = buildFrontDoor(engine, settings, parts);
  mountPages(app, [...pages, ...frontDoor], {
    ...shared,
    clock,
    cookie: makeBrowserCookie(identity.issuer),
    sessions: engine.sessions,
    digest: engine.digest,
    deviceCookie: makeDeviceCookie(identity.issuer, makeDerivedMac(secrets.pepper, "device cookie")),
    formMac: makeDerivedMac(secrets.pepper, "form token"),
  });
  return new Map<string, readonly string[]>([
    ...pages.map(({ path }) => [path, []] as const),
    ...frontDoor.map(({ path }) => [path, ["DOCS=off"]] as const),
  ]);
}
