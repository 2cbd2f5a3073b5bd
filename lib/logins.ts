/** What settings say to log in with: registry → user and password. They are never shown to any other registry. */
export type GivenLogins = Readonly<Record<string, { username: string; password: string }>>;

/** How the machines of a vendor log in to its registries as themselves, with nothing of who runs this program. */
export interface MachineLogin {
  /** Whether an image is in such a registry. */
  readonly reads: (image: string) => boolean;
  /**
   * POSIX shell that prints user and secret as credential helpers do, for the registry "$1"; the folder "$login" goes
   * afterwards (https://github.com/docker/docker-credential-helpers#development).
   */
  readonly script: string;
  /** What lets a machine read an image that it may not. */
  readonly remedy: string;
}
