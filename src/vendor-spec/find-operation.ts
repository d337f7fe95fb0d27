import type { OperationPlace } from "./bundle";
import { type HttpMethod, methods } from "./document";
import { AmbiguousOperation, VendorSpecError } from "./errors";
import { asObject, asText, cutQuery, isObject, type JsonObject } from "./json";
import type { LoadedSpec } from "./load";
import { Looker } from "./look";
import { type Score, scoreOperation } from "./score";

/** Operations at one URL: paths that differ by a query or a fragment alone are one (RFC 9110 §4.1, RFC 3986 §3.4). */
export interface FoundOperation {
  method: HttpMethod;
  /** Without query and fragment. */
  path: string;
  places: OperationPlace[];
  /** Why this one was chosen. */
  why: string;
}

interface Candidate extends FoundOperation {
  score: Score;
  operationIds: unknown[];
}

/** A path that may be a token endpoint's; path items of other files are read for these paths only. */
const plausible = /token|auth|login|log-in|signin|sign-in|session|connect|grant|jwt/i;

/** A candidate must be this good, and this much better than the second. */
const leastScore = 5;
const leastLead = 2;

/** The second is named beside the best if it is as near as this. */
const worthNaming = 6;

/** A file that describes no bodies has names alone: the only POST whose path ends in `token`. */
const leastByName = 3;

/**
 * Finds the operation that a person named, or the only one that looks like a token endpoint.
 * @param wanted such as `POST /oauth/token`, or an operationId
 * @throws VendorSpecError if there is none; AmbiguousOperation if there are several
 */
export async function findOperation(spec: LoadedSpec, wanted: string | undefined): Promise<FoundOperation> {
  if (!isObject(spec.root.paths) || Object.keys(spec.root.paths).length === 0) {
    throw new VendorSpecError(`${spec.name}: paths: there is no operation in this file`);
  }
  const candidates = await listCandidates(spec, wanted);
  return wanted === undefined ? chooseBest(spec, candidates) : chooseNamed(spec, candidates, wanted);
}

async function listCandidates(spec: LoadedSpec, wanted: string | undefined): Promise<Candidate[]> {
  const looker = new Looker(spec.resolver);
  const found = new Map<string, Candidate>();
  const tokenUrls = listTokenUrls(spec.root);
  for (const [path, value] of Object.entries(asObject(spec.root.paths))) {
    if (path.startsWith("x-") || (wanted === undefined && asObject(value).$ref !== undefined && !plausible.test(path))) continue;
    const item = await looker.follow({ node: value, location: spec.location });
    for (const method of methods) {
      const operation = asObject(item.node)[method];
      if (!isObject(operation)) continue;
      const url = cutQuery(path);
      const key = `${method} ${url}`;
      const score = await scoreOperation({
        looker,
        location: item.location,
        path,
        method,
        item: asObject(item.node),
        operation,
        tokenUrls,
      });
      const known = found.get(key);
      if (known === undefined)
        found.set(key, { method, path: url, places: [{ path, method }], why: "", score, operationIds: [operation.operationId] });
      else {
        known.places.push({ path, method });
        known.operationIds.push(operation.operationId);
        if (score.points > known.score.points) known.score = score;
      }
    }
  }
  return [...found.values()];
}

function listTokenUrls(root: JsonObject): string[] {
  const schemes = Object.values(asObject(asObject(root.components).securitySchemes)).map(asObject);
  const flows = schemes.flatMap((scheme) => Object.values(asObject(scheme.flows)).map(asObject));
  return flows.map(({ tokenUrl }) => asText(tokenUrl)).filter((url) => url !== undefined);
}

function chooseBest(spec: LoadedSpec, candidates: readonly Candidate[]): FoundOperation {
  const ranked = [...candidates].sort((one, other) => other.score.points - one.score.points);
  const sure = ranked.filter(({ score }) => score.points >= leastScore && score.essential);
  const likely = sure.length > 0 ? sure : ranked.filter(({ score, method }) => score.points >= leastByName && method === "post");
  const [best] = likely;
  if (best === undefined) {
    const nearest = ranked.slice(0, 3).map((candidate) => `\n  ${nameOperation(candidate)}`);
    throw new VendorSpecError(
      `${spec.name}: nothing here looks like a token endpoint; name the operation with --operation 'POST /path'. The nearest are:${nearest.join("")}`,
    );
  }
  const close = likely.filter(({ score }) => best.score.points - score.points < leastLead);
  if (close.length > 1) throw makeAmbiguous(spec, close);
  const second = sure.find((candidate) => candidate !== best && best.score.points - candidate.score.points <= worthNaming);
  const other = second === undefined ? "" : `; --operation '${nameOperation(second)}' chooses the next best`;
  return { ...best, why: `${best.score.reasons.join(", ")}${other}` };
}

function chooseNamed(spec: LoadedSpec, candidates: readonly Candidate[], wanted: string): FoundOperation {
  const [, method, path] = /^\s*([A-Za-z]+)\s+(\/\S*)\s*$/.exec(wanted) ?? [];
  const named = candidates.filter((candidate) =>
    method === undefined || path === undefined
      ? candidate.operationIds.includes(wanted.trim())
      : candidate.method === method.toLowerCase() && isSamePath(candidate, path),
  );
  const [only] = named;
  if (named.length > 1) throw makeAmbiguous(spec, named);
  if (only === undefined) {
    const near = [...candidates].sort((one, other) => other.score.points - one.score.points).slice(0, 5);
    const names = near.map((candidate) => `\n  ${nameOperation(candidate)}`).join("");
    throw new VendorSpecError(`${spec.name}: there is no operation ${wanted}; name one as 'METHOD /path' or by its operationId:${names}`);
  }
  return {
    ...only,
    places:
      only.places.some((place) => place.path === path) && path !== only.path
        ? only.places.filter((place) => place.path === path)
        : only.places,
    why: "named with --operation",
  };
}

function isSamePath(candidate: Candidate, path: string): boolean {
  return candidate.path === path || candidate.places.some((place) => place.path === path);
}

function makeAmbiguous(spec: LoadedSpec, candidates: readonly Candidate[]): AmbiguousOperation {
  const listed = candidates.map((candidate) => ({
    operation: nameOperation(candidate),
    why: candidate.score.reasons.join(", "),
  }));
  return new AmbiguousOperation(`${spec.name}: several operations look like a token endpoint; add one of these to the command:`, listed);
}

function nameOperation({ method, path }: FoundOperation): string {
  return `${method.toUpperCase()} ${path}`;
}
