import js from "@eslint/js";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";
import { LineCounter, isScalar, parseDocument, visit } from "yaml";

/** Regular expressions that take more than linear time let one caller hold up all the others. */
const linearTime = {
  plugins: { regexp },
  rules: {
    "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
    "regexp/no-super-linear-move": ["error", { report: "potential", ignorePartial: false, ignoreSticky: false }],
  },
};

/** Shows ESLint the patterns of an OpenAPI document as a script that has each of them in its own line. */
const specPatterns = {
  preprocess(text) {
    const lineCounter = new LineCounter();
    const lines = text.split("\n").map(() => "");
    visit(parseDocument(text, { lineCounter }), {
      Pair(_key, { key, value }) {
        if (!isScalar(key) || key.value !== "pattern" || !isScalar(value) || typeof value.value !== "string") return;
        lines[lineCounter.linePos(value.range[0]).line - 1] = `new RegExp(${JSON.stringify(value.value)}, "u");`;
      },
    });
    return [{ text: lines.join("\n"), filename: "patterns.js" }];
  },
  postprocess: (messages) => messages.flat(),
};

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
  { files: ["src/**/*.ts", "migrations/**/*.js"], ...linearTime },
  {
    files: ["src/**/*.ts"],
    rules: {
      // The check above sees only expressions that are written out.
      "no-restricted-syntax": [
        "error",
        { selector: "NewExpression[callee.name='RegExp'], CallExpression[callee.name='RegExp']", message: "Write a literal." },
      ],
    },
  },
  { files: ["openapi/**/*.yaml"], plugins: { specs: { processors: { patterns: specPatterns } } }, processor: "specs/patterns" },
  { files: ["openapi/**/*.js"], ...linearTime },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
    },
  },
  {
    files: ["bin/*.js", "migrations/**/*.js", "test/**/*.js", "*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { exports: "writable", require: "readonly", module: "writable", process: "readonly", __dirname: "readonly" },
    },
  },
);
