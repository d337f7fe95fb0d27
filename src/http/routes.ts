import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { hostOf } from "./address";
import type { Api, Endpoint } from "./api";
import type { MountableOperation } from "./operations";
import { comparePaths, eraseNames, fitsTemplate, type PathTemplate } from "./path-template";

export interface MountedOperation {
  api: Api;
  operation: MountableOperation;
  endpoint: Endpoint;
  /** Checks the request and answers it. */
  run: RequestHandler;
}

/** The operations of one path at one host, or at every host. */
export interface Route {
  path: string;
  /** Undefined for a path without parameters. */
  template: PathTemplate | undefined;
  host: string | undefined;
  operations: readonly [MountedOperation, ...MountedOperation[]];
}

/** Finds the operations of a request. */
export interface Routes {
  /**
   * Finds the route of a path. A path without parameters goes before one with parameters that fits too, and a route of the
   * request's host before one of every host.
   */
  find(path: string, request: IncomingMessage): Route | undefined;
  /**
   * Finds the route that the caller probably meant: one whose path differs only in upper and lower case or in repeated slashes, or
   * is a prefix of the request's path; else one of an api whose prefix or host the request has. If there is none, the last api answers.
   */
  findNearest(path: string, request: IncomingMessage): Route;
}

/** @param all of two operations with the same method, path and host, the one that is switched on and not left out answers */
export function makeRoutes(all: readonly MountedOperation[]): Routes {
  const last = all.at(-1);
  if (last === undefined) throw new Error("no api is mounted");
  const lastRoute: Route = { ...last.operation, host: undefined, operations: [last] };
  const routes = groupByAddress([...all].sort((a, b) => Number(isServed(b)) - Number(isServed(a))));
  const exact = new Map<string, Route[]>();
  for (const route of routes) if (route.template === undefined) exact.set(route.path, [...(exact.get(route.path) ?? []), route]);
  const templates = routes.flatMap((route) => (route.template === undefined ? [] : [{ route, template: route.template }]));

  return {
    find: (path, request) => {
      const known = exact.get(path);
      const found = known === undefined ? undefined : chooseHost(known, request);
      if (found !== undefined || templates.length === 0) return found;
      const segments = path.split("/");
      const fitting = templates.filter(({ template }) => fitsTemplate(template, segments)).map(({ route }) => route);
      return chooseHost(fitting, request);
    },
    findNearest: (path, request) => {
      const host = hostOf(request);
      const reachable = routes.filter((route) => route.host === undefined || route.host === host);
      const near = reachable.filter((route) => isNear(route.path, path)).sort((a, b) => b.path.length - a.path.length);
      const byPrefix = reachable.find(({ operations: [{ api }] }) => startsWithPrefix(path, api.address?.prefix));
      return near[0] ?? byPrefix ?? reachable.find((route) => route.host === host) ?? lastRoute;
    },
  };
}

/** Whether an operation is switched on and not left out. */
export function isServed({ api, endpoint }: MountedOperation): boolean {
  return api.enabled && endpoint.handle !== undefined;
}

/** @param routes with fitting paths, those of a host before those of every host */
function chooseHost(routes: readonly Route[], request: IncomingMessage): Route | undefined {
  const [first] = routes;
  if (first === undefined || first.host === undefined) return first;
  const host = hostOf(request);
  return routes.find((route) => route.host === host || route.host === undefined);
}

function startsWithPrefix(path: string, prefix = ""): boolean {
  return prefix !== "" && `${path}/`.startsWith(`${prefix}/`);
}

/** Groups operations into routes, in the order in which they are tried. A route of a host has the operations of every host too. */
function groupByAddress(all: readonly MountedOperation[]): Route[] {
  const routes = new Map<string, Route>();
  const add = (one: MountedOperation, host: string | undefined): void => {
    const { path, template, method } = one.operation;
    const key = `${host ?? ""} ${eraseNames(path)}`;
    const others = routes.get(key)?.operations ?? [];
    if (others.some(({ operation }) => operation.method === method)) return;
    routes.set(key, { path, template, host, operations: [...others, one] as [MountedOperation, ...MountedOperation[]] });
  };
  for (const one of all) add(one, one.api.address?.host);
  const hosted = [...routes.values()].filter(({ host }) => host !== undefined);
  for (const { host, path } of hosted) for (const one of routes.get(` ${eraseNames(path)}`)?.operations ?? []) add(one, host);
  return [...routes.values()].sort((a, b) => comparePaths(a.path, b.path) || Number(a.host === undefined) - Number(b.host === undefined));
}

/** Whether a known path, in the caller's spelling, is the begin of the requested one. An empty segment may stand for a parameter. */
function isNear(known: string, requested: string): boolean {
  const wanted = eraseNames(known).toLowerCase().split("/").slice(1);
  const asked = requested.toLowerCase().split("/").slice(1);
  return [asked, asked.filter((segment) => segment !== "")].some((segments) =>
    wanted.every((segment, at) => segment === segments[at] || (segment === "{}" && segments[at] !== undefined)),
  );
}

/** Chooses the operation of a route that has the method; HEAD is answered wherever GET is. */
export function chooseOperation({ operations }: Route, { method = "" }: Pick<IncomingMessage, "method">): MountedOperation | undefined {
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  return operations.find(({ operation }) => operation.method === wanted);
}

/** Lists the methods of a route, for `Allow`. */
export function listMethods({ operations }: Route): string[] {
  const methods = operations.filter(isServed).map(({ operation }) => operation.method.toUpperCase());
  return methods.includes("GET") ? [...methods, "HEAD"] : methods;
}
