import type { operations as DiscoveryOperations } from "../generated/services/discovery";
import discoverySpec from "../generated/services/discovery.json";
import type { operations as HealthOperations } from "../generated/services/health";
import healthSpec from "../generated/services/health.json";
import type { operations as LoginOperations } from "../generated/services/login";
import loginSpec from "../generated/services/login.json";
import type { operations as OAuth2Operations } from "../generated/services/oauth2";
import oauth2Spec from "../generated/services/oauth2.json";
import { wiring } from "../generated/wiring";
import type { AppDeps } from "./app";
import { serveDialect } from "./dialects/serve";
import { algorithmOf, isEnabled, type Parts } from "./parts";
import { makeDiscovery } from "./services/discovery";
import { makeHealth } from "./services/health";
import { makeLogin } from "./services/login";
import { makeOAuth2 } from "./services/oauth2";
import type { Contract } from "./spec/contract";
import { type WiredDialect, wireService } from "./spec/wire";
import { makeAssertions } from "./store/assertions";
import type { Database } from "./store/database";
import { makeUsers } from "./store/users";

/** Every contract, the token endpoints first. */
export function contractsOf(parts: Parts, deps: AppDeps, serving: () => boolean): Contract[] {
  const { authenticate, authTokens, keys, verifier, reader: ledger } = parts;
  const { database, clock, issuer } = deps;
  const login = makeLogin({ authenticate, logins: makeUsers(database), authTokens, clock, issuer, dialect: "weavr" });
  const oauth2 = makeOAuth2({ authenticate, assertions: makeAssertions(database), verifier, ledger, clock, issuer });
  return [
    ...wiring.map((dialect) => served(dialect, parts, deps)),
    { ...wireService<LoginOperations>("login", loginSpec, login), enabled: isEnabled("weavr", deps) },
    wireService<OAuth2Operations>("oauth2", oauth2Spec, oauth2),
    { ...wireService<HealthOperations>("health", healthSpec, makeHealth({ serving, database: answers(database) })), vital: true },
    // Last, because it also answers for paths that are near no contract's.
    wireService<DiscoveryOperations>("discovery", discoverySpec, makeDiscovery(keys)),
  ];
}

function served(dialect: WiredDialect, { issue }: Parts, deps: AppDeps): Contract {
  const { name, policy, spec } = dialect;
  const endpoint = `${deps.issuer}${Object.keys(spec.paths)[0]}`;
  return serveDialect(dialect, issue, { name, policy, algorithm: algorithmOf(dialect, deps), endpoint }, isEnabled(name, deps));
}

function answers(database: Database): () => Promise<boolean> {
  return () =>
    database.ping().then(
      () => true,
      () => false,
    );
}
