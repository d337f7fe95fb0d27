import { toObject } from "./code";
import type { ContractPlan } from "./plan";

const day = 86_400;

/** Writes `policy.ts`. */
export function writePolicy({ credentials, grants, policy, prefix }: ContractPlan, kit: string): string {
  const { refreshScope } = policy;
  const offered = [...new Set(Object.values(grants.offered))];
  const hasPersons = offered.some((grant) => grant !== "client_credentials");
  const entries = [
    { name: "authMethods", value: JSON.stringify(credentials.methods) },
    { name: "grants", value: JSON.stringify(offered) },
    ...(prefix === undefined ? [] : [{ name: "prefix", value: JSON.stringify(prefix) }]),
    ...(policy.identifiesPersons ? [{ name: "identifiesPersons", value: "true" }] : []),
    ...(refreshScope === undefined
      ? []
      : [
          {
            name: "refreshTokens",
            value: `{ scope: ${JSON.stringify(refreshScope)}, absoluteSeconds: 180 * 86_400, idleSeconds: 30 * 86_400 }`,
          },
        ]),
    { name: "scope", value: JSON.stringify(policy.scope) },
    { name: "lifetimeSeconds", value: formatNumber(policy.lifetimeSeconds) },
    { name: "algorithm", value: JSON.stringify(policy.algorithm) },
    { name: "claims", value: hasPersons ? personClaims : clientClaims },
  ];
  return `import type { ContractPolicy } from ${JSON.stringify(kit)};

export const policy: ContractPolicy = ${toObject(entries).replace("{ ", "{\n")};
`;
}

function formatNumber(value: number): string {
  return value > day && value % day === 0 ? `${value / day} * 86_400` : String(value);
}

const common = `sub: subject.id,
    aud: issuer,
    client_id: client.id,
    ...(scope.length > 0 ? { scope: scope.join(" ") } : {}),`;

const clientClaims = `({ client, subject, scope }, issuer) => ({
    ${common}
  })`;

const personClaims = `({ client, subject, scope, login }, issuer) => ({
    ${common}
    ...(login === undefined ? {} : { auth_time: login.authTime }),
  })`;
