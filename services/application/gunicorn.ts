import { flags } from "./flags.ts";

/** How an application is served. */
export interface Gunicorn {
  /** Import path, such as `app.asgi:app`. */
  app: string;
  /** `uvicorn.workers.UvicornWorker`, `gevent` or `sync`. */
  workerClass: string;
  workers: number;
  /** `0.0.0.0:8000`. @default none: see `onSocket` */
  bind?: string;
  /** Seconds a request may take before its worker is replaced. @default 60 */
  timeoutSeconds?: number;
  /** Seconds that open requests get on SIGTERM; below the container's grace. @default 30 */
  gracefulSeconds?: number;
  /** A line for each request on its output. @default false: the proxy's log has them */
  accessLog?: boolean;
}

/**
 * The command line of a gunicorn that survives a read-only root: heartbeats go to shared memory
 * (https://docs.gunicorn.org/en/stable/faq.html, "How do I avoid Gunicorn excessively blocking in os.fchmod").
 */
export function gunicorn(options: Gunicorn): string[] {
  return [
    "gunicorn",
    ...flags({
      "--bind": options.bind,
      "--workers": options.workers,
      "--worker-class": options.workerClass,
      "--worker-tmp-dir": "/dev/shm",
      "--timeout": options.timeoutSeconds ?? 60,
      "--graceful-timeout": options.gracefulSeconds ?? 30,
      // Above the proxy's own, so that the proxy is the one to close an idle connection.
      "--keep-alive": 5,
      "--access-logfile": options.accessLog === true ? "-" : undefined,
    }),
    options.app,
  ];
}
