import type { operations as DeviceOperations } from "../../generated/services/device";
import deviceSpec from "../../generated/services/device.json";
import type { operations as DiscoveryOperations } from "../../generated/services/discovery";
import discoverySpec from "../../generated/services/discovery.json";
import type { operations as HealthOperations } from "../../generated/services/health";
import healthSpec from "../../generated/services/health.json";
import type { operations as LoginOperations } from "../../generated/services/login";
import loginSpec from "../../generated/services/login.json";
import type { operations as OAuth2Operations } from "../../generated/services/oauth2";
import oauth2Spec from "../../generated/services/oauth2.json";
import type { operations as StepUpOperations } from "../../generated/services/step-up";
import stepUpSpec from "../../generated/services/step-up.json";
import type { operations as UserInfoOperations } from "../../generated/services/userinfo";
import userInfoSpec from "../../generated/services/userinfo.json";
import { wiring } from "../../generated/wiring";
import type { AppDeps } from ".";
import { serveContract } from "../contracts/serve";
import { algorithmOf, isEnabled, type Parts } from "./engine";
import { makeDeviceAuthorization } from "../services/device-authorization";
import { offerOf } from "./metadata";
import { makeDiscovery } from "../services/discovery";
import { makeHealth } from "../services/health";
import { makeLogin } from "../services/weavr-login";
import { makeOAuth2 } from "../services/oauth2";
import { makeStepUp } from "../services/weavr-step-up";
import { makeUserInfo } from "../services/userinfo";
import type { Api } from "../http/api";
import type { WiredContract } from "../contracts/wire";
import { wireService } from "../services/service";
import { makeAssertions } from "../store/ledger/assertions";
import type { Database } from "../store/database";
import { makeLoginLocks } from "../store/programmes/login-locks";
import { makeOtpChallenges } from "../store/programmes/otp-challenges";
import { makeRevocations } from "../store/ledger/revocations";
import { makeUsers } from "../store/programmes/users";

/** Every contract, the token endpoints first. */
export function apisOf(parts: Parts, deps: AppDeps, serving: () => boolean): Api[] {
  const { authenticate, authTokens, keys, verifier, reader: ledger, people } = parts;
  const { database, clock, issuer, tlsUrl } = deps;
  const weavr = { authenticate, authTokens, clock, issuer, contract: "weavr" };
  const users = makeUsers(database);
  const login = makeLogin({ ...weavr, logins: users, locks: makeLoginLocks({ database, digest: parts.digest }) });
  const challenges = makeOtpChallenges({ database, digest: parts.digest });
  const stepUp = makeStepUp({ ...weavr, ...parts, users, challenges, otpSender: deps.otpSender });
  const assertions = makeAssertions(database);
  const device = makeDeviceAuthorization({ ...parts, assertions, clock, issuer, tlsUrl });
  const revocations = makeRevocations(database);
  const oauth2 = makeOAuth2({ ...parts, assertions, revocations, ledger, clock, issuer, tlsUrl });
  const userInfo = makeUserInfo({ verifier, ledger, people, clock });
  return [
    ...wiring.map((contract) => served(contract, parts, deps)),
    { ...wireService<LoginOperations>("login", loginSpec, login), enabled: isEnabled("weavr", deps) },
    { ...wireService<StepUpOperations>("step-up", stepUpSpec, stepUp), enabled: isEnabled("weavr", deps) },
    { ...wireService<DeviceOperations>("device", deviceSpec, device), enabled: isEnabled("raidiam", deps) },
    wireService<OAuth2Operations>("oauth2", oauth2Spec, oauth2),
    wireService<UserInfoOperations>("userinfo", userInfoSpec, userInfo),
    { ...wireService<HealthOperations>("health", healthSpec, makeHealth({ serving, database: answers(database) })), vital: true },
    // Last, because it also answers for paths that are near no contract's.
    wireService<DiscoveryOperations>("discovery", discoverySpec, makeDiscovery(keys, offerOf(deps))),
  ];
}

function served(contract: WiredContract, { issue }: Parts, deps: AppDeps): Api {
  const { name, policy, spec } = contract;
  const [path = ""] = Object.keys(spec.paths);
  return serveContract(
    contract,
    issue,
    { name, policy, algorithm: algorithmOf(contract, deps), path, opensAt: deps.opensAt?.get(name) },
    isEnabled(name, deps),
  );
}

function answers(database: Database): () => Promise<boolean> {
  return () =>
    database.ready().then(
      () => true,
      () => false,
    );
}
