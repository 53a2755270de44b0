import { Alert, Stack, Text } from "@mantine/core";
import type {
  EnvironmentRepresentation,
  TestRequestRepresentation,
} from "../../../api/representations.ts";
import type { FileVersion } from "../files/file-version.ts";
import { pathKey, shownPath } from "../files/paths.ts";
import { togglePlaying, usePlayState } from "../media/player.ts";
import { Icon } from "../shell/icons.tsx";
import { checkTwiml } from "../twiml/check.ts";
import { isTwiml, twimlPlace } from "../twiml/place.ts";
import { CallLines } from "./call-lines.tsx";
import type { RequestSource } from "./requests.ts";
import { laidOut, playedIn } from "./twiml-text.ts";
import { statusClass } from "./words.ts";

/** What a test request was answered with; text everywhere, whatever it says. */
export function TestAnswer({
  source,
  environment,
  answer,
  files,
}: {
  source: RequestSource;
  environment: EnvironmentRepresentation;
  answer: TestRequestRepresentation;
  /** What the environment serves. */
  files: FileVersion[];
}) {
  const { body, content_type, path, status } = answer;
  const twiml = body !== null && content_type !== null && isTwiml(path, content_type);
  const findings = twiml ? checkTwiml(body, twimlPlace(path, files, [environment])) : [];
  return (
    <Stack gap="sm" aria-label="Answer" component="section">
      <Text role="status">
        <strong className={statusClass(status)}>{status}</strong>{" "}
        <span className="rb-note">
          {content_type ?? "no content type"}, {answer.duration} ms
          {answer.location !== null && `, to ${answer.location}`}
        </span>
      </Text>
      {findings.map((finding) => (
        <Alert
          key={`${finding.from} ${finding.message}`}
          color={finding.level === "error" ? "red" : "yellow"}
          variant="light"
          icon={<Icon name="warning" />}
        >
          Line {finding.line}: {finding.message}
        </Alert>
      ))}
      {twiml && findings.length === 0 && status < 300 && (
        <Text size="sm" className="rb-good">
          <Icon name="check" size={14} /> TwiML that a call or message can use
        </Text>
      )}
      {body === null ? (
        <Text size="sm" c="dimmed">
          The answer is larger than is shown here.
        </Text>
      ) : (
        <pre className="rb-code-block">{(twiml ? laidOut(body) : null) ?? body}</pre>
      )}
      {twiml &&
        playedIn(body).map((address) => (
          <Played
            key={address}
            address={address}
            file={fileAt(address, answer, environment, files)}
          />
        ))}
      {answer.request_sid !== null && <CallLines source={source} requestSid={answer.request_sid} />}
    </Stack>
  );
}

function Played({ address, file }: { address: string; file: FileVersion | undefined }) {
  return (
    <Text size="sm" className="rb-breakable">
      {file ? <PlayButton file={file} /> : null} {"<Play>"} {address}{" "}
      {!file && <span className="rb-note">is not a file of this environment</span>}
    </Text>
  );
}

function PlayButton({ file }: { file: FileVersion }) {
  const state = usePlayState(file.file_sid);
  const verb = state === "playing" ? "Pause" : "Play";
  return (
    <button
      type="button"
      className="rb-play"
      aria-label={`${verb} ${shownPath(file.path)}`}
      title={verb}
      data-state={state ?? "still"}
      onClick={() => void togglePlaying(file)}
    >
      <Icon name={state === "playing" ? "pause" : "play"} size={14} />
    </button>
  );
}

function fileAt(
  address: string,
  { path }: TestRequestRepresentation,
  { domain_name }: EnvironmentRepresentation,
  files: FileVersion[],
): FileVersion | undefined {
  const base = `${location.protocol}//${domain_name}${path}`;
  if (!URL.canParse(address, base)) return undefined;
  const url = new URL(address, base);
  if (url.host !== domain_name) return undefined;
  const key = pathKey(url.pathname);
  return files.find((file) => file.kind === "asset" && pathKey(file.path) === key);
}
