import { Alert, Button, Drawer, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type {
  EnvironmentRepresentation,
  RequestRepresentation,
} from "../../../api/representations.ts";
import { isGone } from "../api/failures.ts";
import { buildQuery } from "../api/queries.ts";
import { canSign, copy } from "../files/copy.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { shownPath } from "../files/paths.ts";
import { shell } from "../files/snippets.ts";
import { formatTime } from "../format.ts";
import { Link, openParameter, pathOf, replaceParameters } from "../router.tsx";
import { currentSession } from "../session/session.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { CallLines } from "./call-lines.tsx";
import { type RequestSource, requestQuery } from "./requests.ts";
import { signatureOf } from "./sign.ts";
import { callerWords, sentWords, signatureWords, sourceWords } from "./words.ts";

/** One request: what came of it, why, and what to do about it. */
export function RequestPage({
  source,
  environment,
  sid,
  onClose,
}: {
  source: RequestSource;
  environment: EnvironmentRepresentation;
  sid: string;
  onClose: () => void;
}) {
  const request = useQuery(requestQuery(source, sid));
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title="Request"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {request.isPending && <Skeleton height={240} role="status" aria-label="Loading" />}
      {request.isError && (
        <FailureAlert
          title={isGone(request.error) ? "It is not kept any more" : "The request cannot be read"}
          error={request.error}
        />
      )}
      {request.data && <Shown source={source} environment={environment} request={request.data} />}
    </Drawer>
  );
}

function Shown({
  source,
  environment,
  request,
}: {
  source: RequestSource;
  environment: EnvironmentRepresentation;
  request: RequestRepresentation;
}) {
  const { build_sid, status, reason_text, advice, path } = request;
  const build = useQuery({
    ...buildQuery(source.serviceSid, build_sid ?? ""),
    enabled: build_sid !== null,
  });
  const file = filesOfBuild(build.data).find(
    ({ sid, file_sid }) => sid === request.asset_version_sid || file_sid === request.function_sid,
  );
  const url = urlOf(request, environment);
  const facts = factsOf(request, file);
  return (
    <Stack gap="md">
      <div>
        <Text fw={600} size="lg" className={status >= 400 ? "rb-request-bad" : ""}>
          {status} {reason_text ?? "Answered"}
        </Text>
        <Text size="sm" className="rb-mono rb-breakable">
          {request.method} {url}
        </Text>
      </div>
      {advice && (
        <Alert color="yellow" variant="light" icon={<Icon name="info" />} title="What to do">
          {advice}
        </Alert>
      )}
      <Group gap="xs">
        <Button
          size="xs"
          leftSection={<Icon name="copy" size={16} />}
          onClick={() => void copyCurl(request, url)}
        >
          Copy as curl
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="retry" size={16} />}
          onClick={() => {
            replaceParameters({ request: null });
            openParameter("test", path);
          }}
        >
          Send again…
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => replaceParameters({ request: null, path, status: null })}
        >
          All of this path
        </Button>
        {request.reason !== null && (
          <Button
            size="xs"
            variant="default"
            onClick={() => replaceParameters({ request: null, reason: request.reason })}
          >
            All with this reason
          </Button>
        )}
      </Group>
      <dl className="rb-details">
        <dt>When</dt>
        <dd>{formatTime(request.date_created)}</dd>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {file && (
          <>
            <dt>{file.kind === "function" ? "Function" : "File"}</dt>
            <dd>
              <Link
                href={`${pathOf({ page: "service", serviceSid: source.serviceSid, tab: "files", item: null })}?file=${file.file_sid}`}
              >
                {shownPath(file.path)}
              </Link>
            </dd>
            <dt>Version</dt>
            <dd className="rb-mono">{file.sid}</dd>
          </>
        )}
        <dt>Deployment</dt>
        <dd className="rb-mono">{request.deployment_sid}</dd>
        <dt>Request</dt>
        <dd className="rb-mono">{request.sid}</dd>
      </dl>
      {request.request_sid !== null && (
        <CallLines source={source} requestSid={request.request_sid} />
      )}
      <Text size="xs" c="dimmed">
        Kept: names of query parameters, not their values; no header, no body, no address.
      </Text>
    </Stack>
  );
}

function factsOf(
  request: RequestRepresentation,
  file: FileVersion | undefined,
): [name: string, value: string][] {
  const { visibility, signature, caller, country, data_center, query_names } = request;
  const facts: [string, string | null][] = [
    ["Who", `${callerWords(caller)}, as it says`],
    ["From", [country, data_center].filter(Boolean).join(", seen in ") || null],
    ["Query", query_names.length === 0 ? null : query_names.join(", ")],
    ["Visibility", visibility ?? (file ? file.visibility : null)],
    ["Signature", signatureWords(signature)],
    ["Sent", request.status < 300 ? sentWords(request) : null],
    ["Out of", sourceWords(request.source)],
    ["Took", `${request.duration} ms until the answer began`],
    ["Reason", request.reason],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}

/** What was asked for; the query's values are not kept. */
function urlOf(
  { path, query_names }: RequestRepresentation,
  { domain_name }: EnvironmentRepresentation,
): string {
  const query = query_names.map((name) => `${encodeURIComponent(name)}=…`).join("&");
  return `${location.protocol}//${domain_name}${path}${query === "" ? "" : `?${query}`}`;
}

async function copyCurl(request: RequestRepresentation, url: string): Promise<void> {
  const { method, visibility, query_names } = request;
  const session = currentSession();
  const words = ["curl -i"];
  if (method === "HEAD") words.push("--head");
  else if (method !== "GET") words.push(`-X ${shell(method ?? "GET")}`);
  const signable = visibility === "protected" && query_names.length === 0 && method !== "POST";
  if (signable && canSign() && session.state !== "signed-out") {
    const signature = await signatureOf(url, session.credentials.password);
    words.push(`-H ${shell(`X-Twilio-Signature: ${signature}`)}`);
  }
  words.push(shell(url));
  await copy(words.join(" "), "Copied as a curl command");
}
