import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

/** Who may import whom: index → settings, systems → services → components → providers. */
function layer(files, forbidden) {
  return {
    files,
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: forbidden.map(([group, message]) => ({ group: [group], message })) },
      ],
    },
  };
}

const noConfig = ["**/settings.ts", "only index.ts and the command line read settings"];

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", "images/**"] },
  eslint.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.mjs", "*.js", "cli/*.mjs", "policy/*.mjs"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Numbers read well in text; an Output in text is caught all the same.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // A Pulumi resource registers itself; its name in the program is the point.
      "no-new": "off",
    },
  },
  layer(
    ["components/**/*.ts"],
    [
      ["**/services/**", "components know no services"],
      ["**/systems/**", "components know no systems"],
      noConfig,
    ],
  ),
  layer(["services/**/*.ts"], [["**/systems/**", "services know no systems"], noConfig]),
  layer(["systems/**/*.ts"], [noConfig]),
  layer(
    [
      "services/nginx/*.ts",
      "components/containers/containerSpec.ts",
      "components/containers/health.ts",
      "components/containers/hash.ts",
    ],
    [["@pulumi/random", "pure text needs no provider"]],
  ),
  {
    files: ["test/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='apply'][arguments.0.type=/Function/]",
          message: "an assertion in an apply may never run; await the value instead",
        },
      ],
    },
  },
  { files: ["**/*.mjs", "**/*.js"], ...tseslint.configs.disableTypeChecked },
);
