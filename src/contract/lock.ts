/**
 * The lock: the exact packages that a build's `Dependencies` became. It is kept with the build, so
 * that making the build again gives the same code.
 */

/** A build's dependency: a package and the versions it may have, as package.json says them. */
export type Dependency = { name: string; version: string };

/** One package of the tree; there is one of each version. */
export type LockedPackage = {
  /** `name@version`. */
  id: string;
  name: string;
  version: string;
  /** `sha512-…`, or `sha1-…` where the registry knows no better. */
  integrity: string;
  /** Path below the registry's address. */
  tarball: string;
  /** What its code means by a name: name → id. */
  links: Record<string, string>;
  /** A bundle of the release stands for it; its own dependencies are in there. */
  bundled?: true;
  /** It would run a script when npm installed it; here none runs. */
  hasInstallScript?: true;
};

export type Lock = {
  lockVersion: 1;
  /** What the build's dependencies are: name → id. */
  root: Record<string, string>;
  /** What code may ask for beside that, since npm lays one of each name at the top: name → id. */
  hoisted: Record<string, string>;
  packages: LockedPackage[];
  /** What a package does not get as it asks for it, by its id. */
  warnings: [id: string, message: string][];
};

/** The R2 key of a build's lock. */
export function lockKey(serviceSid: string, buildSid: string): string {
  return `builds/${serviceSid}/${buildSid}.lock`;
}
