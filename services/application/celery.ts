import { flags } from "./flags.ts";

/** A pool of Celery's workers. */
export interface CeleryWorker {
  /** Import path of the application, such as `app.celery_app`. */
  app: string;
  /** Queues it takes work from. */
  queues: string[];
  /** Tasks at a time, each in a process of its own. */
  concurrency: number;
}

/**
 * The command line of a worker that starts fast and takes no more than it works on. Workers needn't know each other
 * (gossip, mingle), and each would ask all others at its start.
 */
export function celeryWorker({ app, queues, concurrency }: CeleryWorker): string[] {
  return [
    "celery",
    "--app",
    app,
    "worker",
    ...flags({
      "--queues": queues.join(","),
      "--concurrency": concurrency,
      "--prefetch-multiplier": 1,
    }),
    "--without-gossip",
    "--without-mingle",
    "--loglevel",
    "INFO",
  ];
}

/** The command line of the one scheduler; `folder` keeps what ran last, so that a restart skips and repeats nothing. */
export function celeryBeat({ app, folder }: { app: string; folder: string }): string[] {
  return [
    "celery",
    "--app",
    app,
    "beat",
    "--schedule",
    `${folder}/schedule`,
    // An empty one writes none: a container has one process of it anyway.
    "--pidfile=",
    "--loglevel",
    "INFO",
  ];
}
