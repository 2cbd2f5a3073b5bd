import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { serviceSettings, type ServiceSettings } from "../../../services/application/serviceSettings.ts";
import { ownImage, type LookedUp } from "../../../stack/ownImage.ts";
import { ownImages } from "../../../stack/ownImages.ts";
import { imageConfig } from "../../../toolchain/images/config.ts";

const accounts = {
  passwd: "root:x:0:0::/root:/bin/sh\napp:x:1001:1002::/home/app:/bin/sh\n",
  group: "web:x:77:\n",
};
const image = "acme/api:1";
const limits = { cpus: 1, memory: 128 };
const candidate = { user: false, health: false, port: false };

function service(more: Partial<ServiceSettings> = {}): ServiceSettings {
  return serviceSettings("backend", { image, user: "1000:1000", limits, port: 8000, candidate, ...more });
}

function found(config: object, known = true): LookedUp {
  return { config: imageConfig(config), ...(known && { accounts }) };
}

const refusal =
  'images.backend: must be an image with a user of its own, got "acme/api:1", which runs as root; set override.backend.user, or override.backend.root: true to allow it';

test("a service whose image the system names stays as it is", () => {
  const given = service({ candidate: undefined });
  assert.deepEqual(ownImage(given, found({ User: "app" }), false), {
    service: given,
    warnings: [],
    problems: [],
  });
});

test("what is made of the reference application stays as it is", () => {
  const given = service();
  const Labels = { "berth.process": "system" };
  assert.deepEqual(ownImage(given, found({ User: "app", Labels }), false).service, given);
});

describe("the user of an owner's image", () => {
  const cases: [user: string, numbers: string][] = [
    ["app", "1001:1002"],
    ["app:web", "1001:77"],
    ["app:5", "1001:5"],
    ["1001", "1001:1002"],
    ["1500", "1500:0"],
    ["1500:web", "1500:77"],
    ["1500:1501", "1500:1501"],
  ];
  test.each(cases)("%s is %s", (User, numbers) => {
    const { service: own, problems } = ownImage(service(), found({ User }), false);
    assert.deepEqual([own.own, own.user, problems], [true, numbers, []]);
  });

  test("gives way to the one that settings name", () => {
    const named = service({ candidate: { ...candidate, user: true } });
    const { service: own, warnings, problems } = ownImage(named, found({ User: "" }), false);
    assert.deepEqual([own.user, warnings, problems], ["1000:1000", [], []]);
  });

  test.each(["", "0", "root", "root:root", "0:0", "0:1000", "00", "root:web"])(
    'is refused where it is root, "%s"',
    (User) => {
      for (const preview of [true, false])
        assert.deepEqual(ownImage(service(), found({ User }), preview).problems, [refusal]);
    },
  );

  test("may be root where a setting allows it, and that is told", () => {
    const { service: own, warnings, problems } = ownImage(service({ root: true }), found({ User: "" }), true);
    assert.deepEqual([own.user, own.root, problems], ["0:0", true, []]);
    assert.deepEqual(warnings, [
      'override.backend.root: "acme/api:1" runs as root, with CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID, KILL, NET_BIND_SERVICE and no more',
    ]);
  });

  test("has to be one that the image knows", () => {
    const problem =
      'images.backend: must have its user in its /etc/passwd, got USER "ghost" of "acme/api:1"; set override.backend.user';
    assert.deepEqual(ownImage(service(), found({ User: "ghost" }), false).problems, [problem]);
    const planned = ownImage(service(), found({ User: "ghost" }), true);
    assert.deepEqual([planned.problems, planned.warnings], [[], [problem]]);
    assert.equal(ownImage(service(), found({ User: "app:ghosts" }), false).problems.length, 1);
  });

  test("has to be a number where only the registry was asked", () => {
    const problem =
      'images.backend: must have a user by number where its /etc/passwd can\'t be read, got USER "app" of "acme/api:1"; set override.backend.user';
    assert.deepEqual(ownImage(service(), found({ User: "app" }, false), false).problems, [problem]);
    const planned = ownImage(service(), found({ User: "app" }, false), true);
    assert.deepEqual(
      [planned.service.user, planned.problems, planned.warnings],
      ["1000:1000", [], [problem]],
    );
    assert.equal(ownImage(service(), found({ User: "1500:3" }, false), false).service.user, "1500:3");
    const group = ownImage(service(), found({ User: "1500" }, false), false);
    assert.deepEqual(
      [group.service.user, group.warnings],
      [
        "1500:1500",
        [
          'images.backend: the group of USER "1500" of "acme/api:1" can\'t be told without the image, so 1500:1500 is taken; set override.backend.user',
        ],
      ],
    );
    assert.deepEqual(ownImage(service(), found({ User: "root" }, false), true).problems, [refusal]);
  });
});

describe("the health check of an owner's image", () => {
  const Healthcheck = { Test: ["CMD", "/probe"], Timeout: 7_500_000_000, Interval: 30e9, Retries: 5 };

  test("is its HEALTHCHECK", () => {
    assert.deepEqual(ownImage(service(), found({ User: "app", Healthcheck }), false).service.imageHealth, {
      test: ["CMD", "/probe"],
      timeoutSeconds: 8,
      intervalSeconds: 30,
      retries: 5,
    });
  });

  test("isn't asked where the system's process runs", () => {
    const system = service({ process: "system" });
    assert.equal(ownImage(system, found({ User: "app", Healthcheck }), false).service.imageHealth, undefined);
  });

  test("gives way to what settings say", () => {
    const named = service({ candidate: { ...candidate, health: true } });
    assert.equal(ownImage(named, found({ User: "app", Healthcheck }), false).service.imageHealth, undefined);
  });

  test.each([["NONE"], [], ["CMD"], undefined])("is the kind's where it has none, %j", (...Test) => {
    const none = found({ User: "app", Healthcheck: { Test } });
    assert.equal(ownImage(service(), none, false).service.imageHealth, undefined);
  });
});

test("a port that an image exposes, and nobody asks, is told", () => {
  const config = { User: "app", ExposedPorts: { "3000/tcp": {}, "53/udp": {} } };
  assert.deepEqual(ownImage(service(), found(config), false).warnings, [
    'images.backend: "acme/api:1" exposes 3000, and port 8000 is asked; set override.backend.port if it listens elsewhere',
  ]);
  const named = service({ candidate: { ...candidate, port: true } });
  for (const quiet of [
    ownImage(named, found(config), false),
    ownImage(service({ port: 3000 }), found(config), false),
  ])
    assert.deepEqual(quiet.warnings, []);
});

test("an image that nobody could look into is planned as the system has it, and that is told", () => {
  const { services, warnings, problems } = ownImages(
    { backend: service() },
    new Map([[image, { reason: "registry.example could not be reached (no answer)" }]]),
    false,
  );
  assert.deepEqual([services.backend?.own, services.backend?.user, problems], [true, "1000:1000", []]);
  assert.deepEqual(warnings, [
    "images.backend: \"acme/api:1\" couldn't be looked into (registry.example could not be reached (no answer)); planned with user 1000:1000 and the system's health check, unless override.backend says otherwise",
  ]);
});
