import type { DeploymentRepresentation } from "../../../api/representations.ts";

/** What the console notes of a roll-back, for the history. */
export const ROLL_BACK = "Rolled back";

/**
 * Returns the build that the newest of `deployments` (newest first) took back, by going back to what
 * was deployed before it; null where it was no roll-back.
 */
export function undoneBuild(
  deployments: Pick<DeploymentRepresentation, "build_sid" | "deployed_by">[],
): string | null {
  const [newest, undone, ...earlier] = deployments;
  if (!newest || !undone || newest.build_sid === null) return null;
  const isBack =
    newest.deployed_by?.note === ROLL_BACK ||
    earlier.some(({ build_sid }) => build_sid === newest.build_sid);
  return isBack ? undone.build_sid : null;
}
