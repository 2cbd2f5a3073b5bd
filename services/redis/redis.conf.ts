/** What a Redis server is told. Memory is in MiB. */
export interface RedisOptions {
  password: string;
  /** Passwords that it takes beside it. @default none */
  former?: readonly string[];
  /** Most memory for data; the rest of the container's limit is for the copy that persistence makes. */
  maxMemory: number;
  /** What goes when memory is full: `noeviction` for queues, `allkeys-lru` for caches. */
  eviction: "noeviction" | "allkeys-lru" | "volatile-lru";
}

/** `redis.conf` of a server that keeps what it acknowledged for at most a second (`appendfsync everysec`). */
export function redisConf({ password, former = [], maxMemory, eviction }: RedisOptions): string {
  // `requirepass` is one password; a user has several, and `&*` are all channels (Redis 6.2 and newer).
  const taken = [password, ...former].map((one) => `>${one}`).join(" ");
  const login = former.length === 0 ? `requirepass ${password}` : `user default on ~* &* +@all ${taken}`;
  return `bind * -::*
port 6379
${login}
dir /data
appendonly yes
appendfsync everysec
save 3600 1 300 100
maxmemory ${maxMemory}mb
maxmemory-policy ${eviction}
tcp-keepalive 60
timeout 0
loglevel notice
`;
}
