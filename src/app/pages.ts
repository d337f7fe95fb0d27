import type { Express } from "express";
import { isOffered } from "../engine/contracts";
import { makeAuthorizePages } from "../pages/authorize";
import { makeDevicePage } from "../pages/device";
import { makeBrowserCookie } from "../pages/framework/browser-cookie";
import { makeDeviceCookie } from "../pages/framework/device-cookie";
import { mountPages, type PageOptions } from "../pages/framework/mount";
import type { Page } from "../pages/framework/page";
import { makeLoginPage } from "../pages/login";
import { makeLogoutPage } from "../pages/login/logout";
import { makeDerivedMac } from "../secrets/derived-mac";
import { listEnabledContracts } from "./contracts";
import type { Engine } from "./engine";
import type { AppSettings } from "./options";

/** Builds every page for people. `destinations` are the pages to which a login may return. */
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

/** Mounts every page. @param shared what the pages share with the APIs @returns the paths of the pages */
export function mountAllPages(
  app: Express,
  engine: Engine,
  settings: AppSettings,
  shared: Pick<PageOptions, "capacity" | "onOutcome" | "started" | "peerOf" | "deadline" | "countSource">,
): string[] {
  const { identity, secrets, clock } = settings;
  const pages = buildPages(engine, settings);
  mountPages(app, pages, {
    ...shared,
    clock,
    cookie: makeBrowserCookie(identity.issuer),
    sessions: engine.sessions,
    digest: engine.digest,
    deviceCookie: makeDeviceCookie(identity.issuer, makeDerivedMac(secrets.pepper, "device cookie")),
    formMac: makeDerivedMac(secrets.pepper, "form token"),
  });
  return pages.map(({ path }) => path);
}
