import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "generated/", "node_modules/", "test/fixtures/", ".polymint/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // This interface is declared empty, and every grant adds its own member to it.
      "@typescript-eslint/no-empty-object-type": ["error", { allowWithName: "^GrantRequests$" }],
      // Messages contain numbers all the time.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Node's and Express's own style: `server.on("close", () => clearTimeout(timer))`, `return next(error)`.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // Express middleware may be asynchronous since version 5.
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false, properties: false } }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      // A method is async because its port says so, even if this implementation awaits nothing.
      "@typescript-eslint/require-await": "off",
      // An implementation of an interface may not need every parameter.
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 200, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      eqeqeq: "error",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
    },
  },
  {
    files: ["migrations/**/*.js", "test/**/*.js", "*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { exports: "writable", require: "readonly", module: "writable", process: "readonly" },
    },
  },
);
