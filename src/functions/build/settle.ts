import type { Lock } from "../../contract/lock.ts";
import type { CheckedSources, Laid } from "./protocol.ts";

/**
 * Settles where `twilio` comes from, once the tree is known: a bundle of the release serves only where
 * no package asks for it too, since documents of two copies are not each other's. Returns the lock with
 * the version that is bundled, and what is to be laid.
 */
export function settleTwilio(
  lock: Lock,
  checked: CheckedSources,
): { lock: Lock; checked: CheckedSources } {
  const { specifiers, twilio, prebuilt, bundled } = checked;
  const inTree = lock.packages.some((pkg) => pkg.name === "twilio" && !pkg.bundled);
  if (prebuilt.length === 0 || inTree) {
    const light = [...specifiers.light, ...twilio.light];
    const laid = { light, sdk: [...specifiers.sdk, ...twilio.sdk] };
    return { lock, checked: { ...checked, specifiers: laid, prebuilt: [] } };
  }
  if (bundled === null || lock.packages.some(({ id }) => id === bundled.id))
    return { lock, checked };
  const packages = [...lock.packages, bundled];
  return { lock: { ...lock, root: { ...lock.root, twilio: bundled.id }, packages }, checked };
}

/**
 * Returns a lock in which `tree` takes the place of a bundle of twilio: a later release has no longer the
 * bundle that the build was made with.
 */
export function withoutBundle(lock: Lock, tree: Lock): Lock {
  const packages = lock.packages.filter(({ bundled }) => !bundled);
  const ids = new Set(packages.map(({ id }) => id));
  return {
    ...lock,
    hoisted: { ...tree.hoisted, ...lock.hoisted },
    packages: [...packages, ...tree.packages.filter(({ id }) => !ids.has(id))],
    warnings: [...lock.warnings, ...tree.warnings],
  };
}

/**
 * Settles which functions run with the whole Twilio SDK, once it is known what packages ask for: those
 * whose own code does, and where a package asks for Twilio's client, those that may load packages.
 */
export function settleFlavours(checked: CheckedSources, { usesClient }: Laid): CheckedSources {
  const functions = checked.functions.map((fn) =>
    usesClient && fn.loadsPackages ? { ...fn, flavour: "sdk" as const } : fn,
  );
  const sdk = functions.some(({ flavour }) => flavour === "sdk");
  const prebuilt = checked.prebuilt.filter(({ name }) => sdk || name !== "twilio");
  return { ...checked, functions, prebuilt };
}
