/** Where a project's generated and written code finds Polymint's own. */
export interface Project {
  /** The folder that has `openapi/`, `generated/` and `src/contracts/`. */
  root: string;
  /** Whether it is Polymint's own checkout, whose imports are relative. Any other folder imports the package. */
  isCheckout: boolean;
}

/** The first line of every generated TypeScript file. */
export function makeBanner({ isCheckout }: Project): string {
  return `// Generated from openapi/ by \`${isCheckout ? "make codegen" : "polymint codegen"}\`. Do not edit.\n`;
}

/** Generates the code by which the compiler checks every contract and every service against the operations of its own spec. */
export function generateWiring(project: Project, contracts: readonly string[], services: readonly string[]): string {
  const wired = contracts.map((name, index) => `  wire<Operations${index}, "${name}">("${name}", spec${index}, definition${index}),`);
  const served = services.map((name, at) => {
    const index = contracts.length + at;
    const checked = `definition${index} satisfies ServiceDefinition<Operations${index}, never>`;
    return `  wireService("${name}", spec${index}, ${checked}),`;
  });
  const wiring = ["", ...(wired.length === 0 ? ["export const wiring: never[] = [];"] : ["export const wiring = [", ...wired, "];"])];
  const imports = writeImports(contracts, services);
  if (!project.isCheckout) {
    // A project's compiler may refuse an import that is not used.
    const wire = wired.length === 0 ? [] : ['import { wire } from "polymint/contract";'];
    return [makeBanner(project) + wire.join(""), ...imports, ...wiring, ""].join("\n");
  }
  return [
    `${makeBanner(project)}import { wire } from "../src/contracts/wire";`,
    'import { type ServiceDefinition, wireService } from "../src/services/service";',
    ...imports,
    ...wiring,
    "",
    "export const services = [",
    ...served,
    "] as const;",
    "",
  ].join("\n");
}

function writeImports(contracts: readonly string[], services: readonly string[]): string[] {
  const paths = [
    ...contracts.map((name) => ({ folder: `contracts/${name}`, spec: name })),
    ...services.map((name) => ({ folder: `services/${name}`, spec: `services/${name}` })),
  ];
  return paths.flatMap(({ folder, spec }, index) => [
    `import definition${index} from "../src/${folder}";`,
    `import type { operations as Operations${index} } from "./${spec}";`,
    `import spec${index} from "./${spec}.json";`,
  ]);
}
