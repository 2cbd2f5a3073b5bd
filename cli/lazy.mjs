// The SDK loads a TypeScript compiler and npm's tree of packages as soon as it is loaded itself, to send functions to
// a cloud (sdk/nodejs runtime/closure). That takes a third of a second, and nothing here does it: these two modules
// wait until somebody asks for something of them.
import { createRequire, Module } from "node:module";

/** Names a module tells before it is loaded, because it is re-exported by name. */
const modules = {
  "@pulumi/pulumi/typescript-shim.js": [],
  "@pulumi/pulumi/runtime/closure/codePaths.js": ["computeCodePaths"],
};

export function loadClosuresLate() {
  const require = createRequire(import.meta.url);
  for (const [name, exported] of Object.entries(modules)) {
    const file = require.resolve(name);
    const late = () => {
      if (require.cache[file] === placeholder) Reflect.deleteProperty(require.cache, file);
      return require(file);
    };
    const own = Object.fromEntries(exported.map((key) => [key, (...args) => late()[key](...args)]));
    const exports = new Proxy(own, {
      get: (target, key) => (Object.hasOwn(target, key) ? target[key] : late()[key]),
    });
    const placeholder = Object.assign(new Module(file), { filename: file, loaded: true, exports });
    require.cache[file] = placeholder;
  }
}
