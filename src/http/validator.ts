import { isIP } from "node:net";
import type { Express, NextFunction, Request, RequestHandler, Response } from "express";
import { OpenApiValidator } from "express-openapi-validator/dist/openapi.validator";
import type { Api } from "./api";
import { inlineRefs } from "./inline-refs";
import { joinHandlers } from "./join-handlers";
import { type MountableOperation, listOperations } from "./operations";
import { comparePaths } from "./path-template";

/** The validator of a spec, in two halves so that a body is read only for a known operation. */
export interface SpecValidator {
  /** Makes the handler that tells the second half which operation the request is for. */
  makeMatch(operation: MountableOperation): RequestHandler;
  /** Checks the request against the operation, and in tests the response. */
  check: RequestHandler[];
}

type ValidatorOptions = ConstructorParameters<typeof OpenApiValidator>[0];
type LoadedSpec = Awaited<Parameters<OpenApiValidator["installMiddleware"]>[0]>;

/** The validators of each spec: one with and one without the check of responses. */
const validators = new WeakMap<Api["spec"], Map<boolean, SpecValidator>>();

/** @returns the validator of a spec, which is made once: it keeps nothing of a request, and to compile it takes most of a server's start */
export function makeValidator(api: Api, validateResponses: boolean): SpecValidator {
  const own = validators.get(api.spec) ?? new Map<boolean, SpecValidator>();
  validators.set(api.spec, own);
  const validator = own.get(validateResponses) ?? buildValidator(api, validateResponses);
  own.set(validateResponses, validator);
  return validator;
}

/**
 * Builds the validator of one spec. The engine authenticates clients, not the validator: it would turn a database outage
 * inside a security handler into 401.
 */
function buildValidator(api: Api, validateResponses: boolean): SpecValidator {
  const apiDoc = inlineRefs(api.spec) as LoadedSpec["apiDoc"];
  const options: Partial<ValidatorOptions> = {
    apiSpec: apiDoc,
    validateRequests: { allErrors: true, allowUnknownQueryParameters: true },
    validateResponses,
    validateSecurity: false,
    fileUploader: false,
    ajvFormats: { mode: "full" },
    formats: { "ip-address": { type: "string", validate: (text: string) => isIP(text) !== 0 } },
  };
  const validator = new OpenApiValidator(options as ValidatorOptions);
  const findRequestCheck = keepRequestCheck(validator);
  const chain = validator.installMiddleware(Promise.resolve(makeLoadedSpec(apiDoc, api))) as RequestHandler[];
  const split = chain.findIndex((handler) => handler.name === "requestMiddleware");
  if (split < 0) throw new Error("express-openapi-validator has no requestMiddleware any more, where its chain could be split");
  const [checkRequest, ...checkResponse] = chain.slice(split) as [RequestHandler, ...RequestHandler[]];
  const check: RequestHandler = (request, response, next) => (findRequestCheck() ?? checkRequest)(request, response, next);
  const matchAnew = joinHandlers(chain.slice(0, split));
  return { makeMatch: (operation) => makeCachedMatch(matchAnew, operation), check: [check, ...checkResponse] };
}

/**
 * Keeps the function that checks requests, once the validator has made it. The validator's own handler waits for a promise at
 * every request before it calls that function.
 * @returns the function; undefined before the first request
 */
function keepRequestCheck(validator: OpenApiValidator): () => RequestHandler | undefined {
  // Private in the types.
  const maker = validator as unknown as { requestValidationMiddleware(apiDoc: unknown): RequestHandler };
  const make = maker.requestValidationMiddleware.bind(maker);
  let made: RequestHandler | undefined;
  maker.requestValidationMiddleware = (apiDoc) => (made = make(apiDoc));
  return () => made;
}

let loadedSpecs = 0;

/**
 * Returns what the validator's own loader would make of a spec that codegen has accepted: one file, served at "/". The loader compiles OpenAPI's meta-schema for every spec, even if it is told not to check the spec, and
 * that takes half of a server's start. The specs are checked by the linter in `make check`.
 */
function makeLoadedSpec(apiDoc: LoadedSpec["apiDoc"], { spec }: Api): LoadedSpec {
  const routes = [...listOperations(spec)]
    .sort((a, b) => comparePaths(a.path, b.path))
    .map(({ path, method }) => ({
      basePath: "",
      expressRoute: toExpressRoute(path),
      openApiRoute: path,
      method: method.toUpperCase(),
      // Only for Express's own parameters, which no handler reads.
      pathParams: [],
    }));
  loadedSpecs += 1;
  return { apiDoc, basePaths: ["/"], routes, serial: loadedSpecs };
}

/** Writes a path as path-to-regexp does: parameters in quotes, for names such as `client-id`, and its own signs escaped. */
function toExpressRoute(path: string): string {
  return path.replaceAll(/[()[\]+?!:*\\]/g, String.raw`\$&`).replaceAll(/\{([^{}]+)\}/g, ':"$1"');
}

/**
 * Makes a handler that remembers how the validator matched the operation. The validator compiles a pattern for every path of the
 * spec at every request.
 */
function makeCachedMatch(matchAnew: RequestHandler, { template }: MountableOperation): RequestHandler {
  let known: object | undefined;
  return (request: MatchedRequest, response, next) => {
    if (known !== undefined) {
      request.openapi = template === undefined ? known : { ...known, pathParams: request.params };
      return next();
    }
    void matchAnew(request, response, (error?: unknown) => {
      if (error === undefined) known = request.openapi;
      next(error);
    });
  };
}

type MatchedRequest = Request & { openapi?: object };

/**
 * Sends an empty request through the validator, so that its schemas are compiled before the server reports that it is ready:
 * a broken schema or pattern is found then, and the first caller does not wait for the compilation.
 * @throws Error if the spec cannot be compiled
 */
export async function warmValidator(app: Express, validator: SpecValidator, operation: MountableOperation): Promise<void> {
  const request = Object.create(app.request, {
    app: { value: app },
    method: { value: operation.method.toUpperCase() },
    originalUrl: { value: operation.path },
    url: { value: operation.path },
    baseUrl: { value: "" },
    path: { value: operation.path },
    headers: { value: operation.mediaType === undefined ? {} : { "content-type": operation.mediaType } },
    query: { value: {}, writable: true },
    params: { value: {}, writable: true },
    body: { value: {}, writable: true },
  }) as Request;
  const response = Object.create(app.response) as Response;
  for (const handler of [validator.makeMatch(operation), ...validator.check]) {
    const answered = new Promise<Error | undefined>((resolve) => void handler(request, response, resolve as NextFunction));
    // What is compiled already throws.
    const failure = await answered.catch((thrown: unknown) => thrown as Error);
    if (failure === undefined) continue;
    if ("status" in failure && failure.status === 400) return;
    throw failure;
  }
}
