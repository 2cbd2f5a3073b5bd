/**
 * What Docker's daemon.json must say, by the release that first knows a key; the engine refuses to start with a
 * key it doesn't know. https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
 */
export const daemonSettings = {
  always: {
    "live-restore": true,
    "log-driver": "local",
    "log-opts": { "max-size": "10m", "max-file": "5" },
    "log-level": "info",
    "userland-proxy": false,
    "no-new-privileges": true,
    icc: false,
    ip: "127.0.0.1",
    // Nothing that our containers don't set themselves: the engine writes its defaults into each container, and every
    // refresh would find one there that nobody asked for.
    "default-ulimits": { nproc: { Name: "nproc", Soft: 4096, Hard: 4096 } },
  },
  from24: {
    // A port that is published without an address on any network is loopback's alone.
    "default-network-opts": { bridge: { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" } },
  },
  from29: {
    // The nftables backend has no DOCKER-USER chain, and with it the wall would be gone.
    "firewall-backend": "iptables",
  },
  ipv6: {
    // Without it a published port is taken on IPv6 and leads nowhere, as there is no userland proxy.
    ip6tables: true,
  },
  ipv6Before27: {
    // What takes ip6tables there (https://docs.docker.com/engine/release-notes/27).
    experimental: true,
  },
  swarm: {
    // An engine with it refuses to be in one (https://docs.docker.com/engine/daemon/live-restore).
    "live-restore": false,
  },
  /** For an engine from 29 on that holds nothing yet. */
  newFrom29: {
    // Keeps an image's id the same on every machine, so that images can be sent without a registry.
    features: { "containerd-snapshotter": false },
  },
} as const;

/**
 * Processes and threads that one container may have, by its cgroup: three quarters of what `nproc` gives a container's
 * user over the whole machine, so one that uses up its own leaves the others of that user a quarter.
 */
export const containerProcesses = 768;
