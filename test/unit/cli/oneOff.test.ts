import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { expect, test } from "vitest";
import { likeService, runLike } from "../../../cli/docker/oneOff.ts";

test("a container of a command's own has all of the service but its name, ports, restarts and health check", () => {
  const model = {
    Name: "/dev-backend-1-0123456",
    Image: "sha256:abc",
    Config: {
      Hostname: "0123456789ab",
      User: "1000:1000",
      Env: ["A=1"],
      WorkingDir: "/code",
      Entrypoint: ["/entrypoint.sh"],
      Cmd: ["serve"],
      Labels: { "berth.stack": "dev", "berth.role": "service", "berth.service": "backend" },
    },
    HostConfig: {
      Memory: 1024,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      Mounts: [{ Type: "volume", Source: "files", Target: "/etc/berth" }],
      NetworkMode: "dev",
      PortBindings: { "80/tcp": [{ HostPort: "80" }] },
      RestartPolicy: { Name: "unless-stopped" },
    },
  } as unknown as ContainerInspectInfo;
  const made = likeService(model, ["python", "-V"], false);
  expect(made).toMatchObject({
    Image: "sha256:abc",
    User: "1000:1000",
    Env: ["A=1"],
    Entrypoint: ["python"],
    Cmd: ["-V"],
    Labels: { "berth.stack": "dev", "berth.role": "run", "berth.service": "backend" },
    Healthcheck: { Test: ["NONE"] },
    Tty: false,
  });
  expect(made.HostConfig).toEqual({
    ...model.HostConfig,
    PortBindings: {},
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
  });
  expect(made.name).toMatch(/^dev-backend-1-0123456-run-[0-9a-f]{6}$/);
  expect(made.Hostname).toBeUndefined();
});

test("^C that comes while the engine makes the container leaves none", async () => {
  let removed = 0;
  const made = {
    remove: () => {
      removed++;
      return Promise.resolve();
    },
    attach: () => Promise.reject(new Error("nothing is to be started any more")),
  };
  const inspected = { Name: "/a", Config: { Env: [], Labels: {} }, HostConfig: {}, Image: "sha256:abc" };
  const docker = {
    getContainer: () => ({ inspect: () => Promise.resolve(inspected) }),
    createContainer: () => {
      process.emit("SIGINT");
      return Promise.resolve(made);
    },
  } as unknown as Docker;
  expect(await runLike(docker, "a", ["true"], process)).toBe(130);
  expect(removed).toBe(1);
  expect(process.listenerCount("SIGINT")).toBe(listening);
});

const listening = process.listenerCount("SIGINT");
