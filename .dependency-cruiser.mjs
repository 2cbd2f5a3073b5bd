// Who may import whom: a layer imports what stands before it in this list and nothing after it. `npm run lint` holds
// it, and test/unit/layers.test.ts feeds it one forbidden import of each sort.

/** Each layer, and the layers above it in this list that it may import; so folders form no circle either. */
export const layers = {
  lib: [],
  "components/managed": ["lib"],
  "components/containers": ["lib", "components/managed"],
  "components/dns": ["lib"],
  "components/ssh": ["lib", "components/containers"],
  "components/machine": ["lib", "components/ssh", "components/containers"],
  "components/hosts": [
    "lib",
    "components/containers",
    "components/dns",
    "components/machine",
    "components/managed",
    "components/ssh",
  ],
  toolchain: ["lib", "components/ssh"],
  services: ["lib", "components"],
  exports: ["lib", "components", "services"],
  systems: ["lib", "components", "services"],
  settings: ["lib", "components", "services", "systems"],
  stack: ["lib", "components", "services", "systems", "settings", "toolchain"],
  "index.ts": ["settings", "stack"],
  policy: [],
  cli: ["lib", "components", "systems", "settings", "stack", "toolchain", "index.ts"],
};

const names = Object.keys(layers);

/** `settings.ts` and `settings/` are one layer. */
function pathOf(layer) {
  if (layer.endsWith(".ts")) return `^${layer.replace(".", "\\.")}$`;
  return layer === "settings" ? "^settings(?:/|\\.ts$)" : `^${layer}/`;
}

function within(layer, other) {
  return layer === other || layer.startsWith(`${other}/`);
}

function rule(layer) {
  const allowed = [layer, ...layers[layer]];
  const forbidden = names.filter((name) => !allowed.some((each) => within(name, each)));
  return {
    name: `layer ${layer}`,
    severity: "error",
    from: { path: pathOf(layer) },
    to: { path: [...forbidden.map(pathOf), "^(?:test|bench|docs|examples)/"] },
  };
}

/** The provider's own types cost nothing; what is loaded does. */
const loaded = { dependencyTypesNot: ["type-only"] };

export default {
  forbidden: [
    { name: "no circle", severity: "error", from: {}, to: { circular: true } },
    ...names.map(rule),
    {
      name: "text is pure",
      comment:
        "what is written into files and commands is a function of plain data, tested without an engine",
      severity: "error",
      from: {
        path: "^services/.*\\.(?:conf|yml|json|sql|sh)\\.ts$|^components/containers/(?:containerSpec|health|hash)\\.ts$",
      },
      to: { path: "@pulumi/(?!pulumi)", ...loaded },
    },
    {
      name: "monitoring knows no kind of service",
      comment:
        "a kind hands over its own exporter, see CONTRIBUTING.md; Grafana is one more route of the proxy",
      severity: "error",
      from: { path: "^services/monitoring/", pathNot: "^services/monitoring/grafana\\.ts$" },
      to: { path: "^services/(?!monitoring/|application/|definition\\.ts$)" },
    },
    {
      name: "a system is plain data",
      comment: "its file is written by somebody who knows the system and not Pulumi; define.ts has the types",
      severity: "error",
      from: { path: "^systems/", pathNot: "^systems/define\\.ts$" },
      to: { path: "@pulumi/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(?:images|dist)/" },
    tsConfig: { fileName: "tsconfig.json" },
    // Types count: a layer that knows another's types knows the layer.
    tsPreCompilationDeps: true,
  },
};
