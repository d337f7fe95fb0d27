import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
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

/** The operations of one path. */
export interface Route {
  path: string;
  /** Undefined for a path without parameters. */
  template: PathTemplate | undefined;
  operations: readonly [MountedOperation, ...MountedOperation[]];
}

/** Finds the operations of a request. */
export interface Routes {
  /** Finds the route of a path. A path without parameters goes before one with parameters that fits too. */
  find(path: string): Route | undefined;
  /**
   * Finds the route that the caller probably meant: one whose path differs only in upper and lower case or in repeated slashes, or
   * is a prefix of the request's path. If there is none, the last api answers.
   */
  findNearest(path: string): Route;
}

export function makeRoutes(all: readonly MountedOperation[]): Routes {
  const routes = [...groupByPath(all).values()].sort((a, b) => comparePaths(a.path, b.path));
  const last = all.at(-1);
  if (last === undefined) throw new Error("no api is mounted");
  const lastRoute: Route = { path: last.operation.path, template: last.operation.template, operations: [last] };
  const exact = new Map(routes.filter(({ template }) => template === undefined).map((route) => [route.path, route]));
  const templates = routes.flatMap((route) => (route.template === undefined ? [] : [{ route, template: route.template }]));

  return {
    find: (path) => {
      const found = exact.get(path);
      if (found !== undefined || templates.length === 0) return found;
      const segments = path.split("/");
      return templates.find(({ template }) => fitsTemplate(template, segments))?.route;
    },
    findNearest: (path) => {
      const candidates = routes.filter((route) => isNear(route.path, path));
      return candidates.sort((a, b) => b.path.length - a.path.length)[0] ?? lastRoute;
    },
  };
}

function groupByPath(all: readonly MountedOperation[]): Map<string, Route> {
  const byPath = new Map<string, Route>();
  for (const one of all) {
    const { path, template } = one.operation;
    const others = byPath.get(eraseNames(path))?.operations ?? [];
    byPath.set(eraseNames(path), { path, template, operations: [...others, one] as [MountedOperation, ...MountedOperation[]] });
  }
  return byPath;
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
export function chooseOperation({ operations }: Route, { method = "" }: IncomingMessage): MountedOperation | undefined {
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  return operations.find(({ operation }) => operation.method === wanted);
}

/** Lists the methods of a route, for `Allow`. */
export function listMethods({ operations }: Route): string[] {
  const methods = operations.map(({ operation }) => operation.method.toUpperCase());
  return methods.includes("GET") ? [...methods, "HEAD"] : methods;
}
