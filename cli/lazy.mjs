// The SDK loads a TypeScript compiler and npm's tree of packages as soon as it is loaded itself, to send functions to
// a cloud (sdk/nodejs runtime/closure). That takes a third of a second, and nothing here does it: these two modules
// wait until somebody asks for something of them. Likewise dockerode loads a client of ssh and a loader of protocols,
// for an engine that is named by ssh:// and for BuildKit's sessions, at a twentieth of a second.
import { createRequire, Module } from "node:module";

/** Names a module tells before it is loaded, because it is re-exported by name. */
const modules = {
  "@pulumi/pulumi/typescript-shim.js": [],
  "@pulumi/pulumi/runtime/closure/codePaths.js": ["computeCodePaths"],
};

/** Modules that are one function, by whose module finds them. */
const functions = { dockerode: ["./session.js", "docker-modem/lib/ssh.js"] };

export function loadLate() {
  const require = createRequire(import.meta.url);
  for (const [user, names] of Object.entries(functions)) {
    const requireThere = createRequire(require.resolve(user));
    for (const name of names)
      placeInCache(
        requireThere,
        requireThere.resolve(name),
        (late) =>
          (...args) =>
            late()(...args),
      );
  }
  for (const [name, exported] of Object.entries(modules)) {
    placeInCache(require, require.resolve(name), (late) => {
      const own = Object.fromEntries(exported.map((key) => [key, (...args) => late()[key](...args)]));
      return new Proxy(own, {
        get: (target, key) => (Object.hasOwn(target, key) ? target[key] : late()[key]),
      });
    });
  }
}

/** Puts something in a module's place that loads the genuine one when it is first used. */
function placeInCache(require, file, exportsBy) {
  const late = () => {
    if (require.cache[file] === placeholder) Reflect.deleteProperty(require.cache, file);
    return require(file);
  };
  const placeholder = Object.assign(new Module(file), {
    filename: file,
    loaded: true,
    exports: exportsBy(late),
  });
  require.cache[file] = placeholder;
}
