import type { Dependency, Lock, LockedPackage } from "../../contract/lock.ts";
import type {
  Flavour,
  PackagedFile,
  PackagedLibrary,
  PrebuiltLibrary,
} from "../../contract/package-format.ts";
import type { Registries } from "./registry.ts";

/**
 * What the gateway and the builder, a dynamic Worker of our own code (main.ts), say to each other.
 * Whatever tenants or registries made is read on the builder's side alone.
 */

export type Visibility = "public" | "protected" | "private";

/** What a build tells its author. `line` counts from 1. */
export type BuildMessage = { message: string; path?: string; line?: number };

/** A function, or a private asset, of a build. */
export type SourceFile = {
  kind: "function" | "asset";
  path: string;
  /** Of the resource (ZH…), and of its version, whose bytes stand in R2 under `key`. */
  sid: string;
  key: string;
  visibility: Visibility;
  size: number;
};

export type BuildInput = {
  files: SourceFile[];
  /** Paths of the build's public and protected assets: no function may have one of them. */
  assetPaths: string[];
  dependencies: Dependency[];
  /** Newest first. */
  prebuilt: PrebuiltLibrary[];
  /** What the dependencies became when the build was made before: nothing is asked for again. */
  lock: Lock | null;
};

/** What the manifest says of a function; a private one has no place there. */
export type PackagedFunction = {
  /** Canonical. */
  path: string;
  sid: string;
  visibility: Visibility;
  /** What its own code needs; packages that it may load may need more. */
  flavour: Flavour;
  loadsPackages: boolean;
};

/** `optional`: nothing of the build names it, so that it may be missing. */
export type Needed = Dependency & { optional?: true };

/** What reading the sources found out. Plain data: it is kept from one step of a build to the next. */
export type CheckedSources = {
  functions: PackagedFunction[];
  files: (Omit<PackagedFile, "bytes"> & { key: string; size: number; path: string })[];
  /** What is required of packages: by what every function may load, and with the whole SDK alone. */
  specifiers: { light: string[]; sdk: string[] };
  /** Names in the sources that a recipe may ask for. */
  mentioned: string[];
  /** Of the dependencies, those that have to be had, and those that packages alone may ask for. */
  needed: Needed[];
  others: Dependency[];
  /** What is required of `twilio`, likewise; not in `specifiers`. */
  twilio: { light: string[]; sdk: string[] };
  /** Bundles of `twilio` that serve, TwiML alone and the whole SDK. */
  prebuilt: PackagedLibrary[];
  /** The declared `twilio` that they stand for; null where none is declared. */
  bundled: LockedPackage | null;
  warnings: BuildMessage[];
};

/** Files of packages that are no JavaScript: path in the Worker, and why. */
export type BrokenFiles = [path: string, message: string][];

export type Laid = {
  /** Name in R2; null where no package is laid. */
  closure: string | null;
  warnings: BuildMessage[];
  /** Of packages that the registry has no SHA-512 of: what came has this one. By their ids. */
  strengthened: Record<string, string>;
  /** Whether a package asks for Twilio's client. */
  usesClient: boolean;
};

/** `retry`: the registry or the store was not well; another try may succeed. */
export type Outcome<Value> =
  | { ok: true; value: Value }
  | { ok: false; errors: BuildMessage[]; retry: boolean };

/** The builder's methods. */
export type Builder = {
  /** Reads the sources, and asks for the dependencies themselves, but not for theirs. */
  check(input: BuildInput): Promise<Outcome<CheckedSources>>;
  /** Resolves the tree of what is needed. */
  resolve(needed: Needed[], others: Dependency[]): Promise<Outcome<Lock>>;
  /** Unpacks and lays what the functions reach. */
  lay(lock: Lock, checked: CheckedSources, broken: BrokenFiles): Promise<Outcome<Laid>>;
  /** Writes the build's package under `key`. */
  pack(key: string, checked: CheckedSources, laid: Laid): Promise<Outcome<null>>;
};

/** What the builder gets as its `env`. */
export type BuilderEnv = {
  store: Fetcher;
  registries: Registries;
  /** Why there is none: what the configuration says is no address. */
  fault: string | null;
};
