import type { Express } from "express";
import { wiring } from "../../generated/wiring";
import type { AppDeps } from ".";
import { makeDerivedMac } from "../secrets/derived-mac";
import { isEnabled, type Parts } from "./engine";
import { makeAuthorize } from "../pages/authorize";
import { makeBrowserCookie } from "../pages/framework/browser-cookie";
import { makeDevicePage } from "../pages/device";
import { makeLogin } from "../pages/login";
import { makeLogout } from "../pages/login/logout";
import { mountPages, type PageOptions } from "../pages/framework/mount";
import type { Page } from "../pages/framework/page";

/** Every page for people. Whoever adds a page that a login leads back to adds it to `destinations`. */
export function pagesOf(parts: Parts, deps: AppDeps): Page[] {
  const { authorize, consent } = authorizePages(parts, deps);
  const destinations: Page[] = [authorize, makeDevicePage({ ...parts, enabled: isEnabled("raidiam", deps) })];
  const enabled = destinations.some((page) => page.enabled);
  const login = makeLogin({ ...parts, destinations, enabled });
  return [...destinations, consent, login, makeLogout({ enabled })];
}

function authorizePages(parts: Parts, deps: AppDeps): ReturnType<typeof makeAuthorize> {
  const contract = "screening-eagle";
  const policy = wiring.find(({ name }) => name === contract)?.policy;
  return makeAuthorize({
    ...parts,
    loginMac: makeDerivedMac(deps.pepper, "login demand"),
    issuer: deps.issuer,
    contract,
    enabled: isEnabled(contract, deps),
    familySeconds: policy?.refreshTokens?.absoluteSeconds ?? 0,
  });
}

/** Mounts them. @param options what they share with the contracts */
export function mountPagesOf(
  app: Express,
  parts: Parts,
  deps: AppDeps,
  options: Pick<PageOptions, "capacity" | "onOutcome" | "started" | "peerOf" | "deadline" | "countSource">,
): void {
  mountPages(app, pagesOf(parts, deps), {
    ...options,
    issuer: deps.issuer,
    clock: deps.clock,
    cookie: makeBrowserCookie(deps.issuer),
    sessions: parts.sessions,
    digest: parts.digest,
    formMac: makeDerivedMac(deps.pepper, "form token"),
  });
}
