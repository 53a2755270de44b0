import { Button, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type {
  AssetVersionRepresentation,
  FunctionVersionRepresentation,
} from "../../../api/representations.ts";
import { firstPage } from "../api/client.ts";
import { filesPath } from "../api/queries.ts";
import { formatAge, formatBytes, formatTime } from "../format.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { chooseVersion } from "./draft.ts";
import { download } from "./edits.ts";
import type { FileRow } from "./file-rows.ts";
import { assetFile, type FileVersion, functionFile } from "./file-version.ts";
import { shownPath } from "./paths.ts";

/** How many are listed. */
const LISTED = 50;

/** The versions of a file, newest first; each can be looked at, and taken in place of the present one. */
export function EarlierVersions({ row }: { row: FileRow }) {
  const { version, live } = row;
  const { service_sid: serviceSid, kind, file_sid: fileSid } = version;
  const versions = useQuery({
    queryKey: ["service", serviceSid, "versions", fileSid],
    queryFn: ({ signal }) => {
      const path = `${filesPath(serviceSid, kind)}/${fileSid}/Versions`;
      return kind === "asset"
        ? firstPage<AssetVersionRepresentation>(path, "asset_versions", LISTED, signal).then(
            (found) => found.map(assetFile),
          )
        : firstPage<FunctionVersionRepresentation>(path, "function_versions", LISTED, signal).then(
            (found) => found.map(functionFile),
          );
    },
  });
  if (versions.isError && !versions.data) {
    return (
      <FailureAlert
        title="The versions cannot be listed"
        error={versions.error}
        onRetry={() => void versions.refetch()}
      />
    );
  }
  if (!versions.data) return <Loader size="sm" role="status" aria-label="Loading the versions" />;
  return (
    <ol className="rb-versions" aria-label="Versions">
      {versions.data.map((one) => (
        <li key={one.sid}>
          <span className="rb-grow rb-breakable">
            <span title={formatTime(one.date_created)}>{formatAge(one.date_created)}</span>{" "}
            <span className="rb-note">
              {formatBytes(one.content_size)}, {differenceOf(one, version)}
            </span>{" "}
            {one.sid === live?.sid && (
              <span className="rb-state rb-state-live">
                <Icon name="check" size={14} /> Live
              </span>
            )}
          </span>
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={`Download the version of ${formatTime(one.date_created)}`}
            onClick={() => void download(one)}
          >
            Download
          </Button>
          {one.sid === version.sid ? (
            <Text size="sm" c="dimmed" className="rb-rigid">
              This one
            </Text>
          ) : (
            <Button
              size="compact-xs"
              variant="light"
              aria-label={`Use the version of ${formatTime(one.date_created)}`}
              onClick={() => void chooseVersion(one, version)}
            >
              Use this one
            </Button>
          )}
        </li>
      ))}
    </ol>
  );
}

/** What of a version is not as in the present one. */
function differenceOf(one: FileVersion, now: FileVersion): string {
  const words = [
    one.visibility,
    ...(one.path === now.path ? [] : [`as ${shownPath(one.path)}`]),
    ...(one.content_sha256 === now.content_sha256 ? ["the same bytes"] : []),
  ];
  return words.join(", ");
}
