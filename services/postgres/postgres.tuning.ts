/** What a PostgreSQL server is sized by. Memory is in MiB. */
export interface Sizing {
  /** The container's limit. */
  memory: number;
  /** Most sessions at once. */
  connections: number;
}

/**
 * Server parameters from the memory a server has: a quarter for its own buffers and two thirds for what it may expect
 * to find cached, as https://www.postgresql.org/docs/15/runtime-config-resource.html advises.
 */
export function tuned({ memory, connections }: Sizing): Record<string, string> {
  return {
    max_connections: String(connections),
    shared_buffers: `${Math.floor(memory / 4)}MB`,
    effective_cache_size: `${Math.floor((memory * 2) / 3)}MB`,
    maintenance_work_mem: `${Math.max(16, Math.floor(memory / 16))}MB`,
    // Several per query and session at the worst; an eighth of the memory for all sessions together.
    work_mem: `${Math.max(64, Math.floor((memory * 1024) / 8 / connections))}kB`,
    checkpoint_completion_target: "0.9",
    // A client that was killed gives up its locks: found dead within seconds, idle in a transaction for a minute.
    client_connection_check_interval: "2s",
    tcp_keepalives_idle: "10",
    tcp_keepalives_interval: "5",
    tcp_keepalives_count: "3",
    idle_in_transaction_session_timeout: "60s",
  };
}
