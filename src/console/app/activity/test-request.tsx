import { Button, Drawer, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import type {
  EnvironmentRepresentation,
  TestRequestRepresentation,
} from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { buildQuery, environmentPath } from "../api/queries.ts";
import { canSign } from "../files/copy.ts";
import { filesOfBuild } from "../files/file-version.ts";
import { currentSession } from "../session/session.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { Picker } from "../shell/picker.tsx";
import { isTwiml } from "../twiml/place.ts";
import { ASKED, type CallKind, type FieldValues, formFields, KINDS } from "./form-fields.ts";
import type { RequestSource } from "./requests.ts";
import { signatureOf } from "./sign.ts";
import { TestAnswer } from "./test-answer.tsx";

/** Sends a function or a TwiML file what Twilio would send it, and shows what comes. */
export default function TestRequest({
  source,
  environment,
  path: firstPath,
  onClose,
}: {
  source: RequestSource;
  environment: EnvironmentRepresentation;
  path: string;
  onClose: () => void;
}) {
  const list = useId();
  const [path, setPath] = useState(firstPath);
  const [method, setMethod] = useState<"POST" | "GET">("POST");
  const [kind, setKind] = useState<CallKind>("voice");
  const [asked, setAsked] = useState<FieldValues>({});
  const [extra, setExtra] = useState("");
  const { build_sid } = environment;
  const build = useQuery({
    ...buildQuery(source.serviceSid, build_sid ?? ""),
    enabled: build_sid !== null,
  });
  const files = filesOfBuild(build.data);
  const answering = files.filter(
    (file) =>
      file.visibility !== "private" &&
      (file.kind === "function" || isTwiml(file.path, file.content_type)),
  );
  const shownValue = (name: string, first: string) => asked[name] ?? first;
  const sending = useMutation({
    mutationFn: () => send(source, environment, { path, method, kind, asked, extra }),
  });
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={620}
      title={`Test on ${environment.unique_name}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          sending.mutate();
        }}
      >
        <Stack gap="sm">
          <Text component="label" size="sm">
            Path of a function or a TwiML file
            <input
              className="rb-input rb-mono"
              value={path}
              list={list}
              required
              pattern="/.*"
              title="It begins with /"
              onChange={({ currentTarget }) => setPath(currentTarget.value)}
            />
          </Text>
          <datalist id={list}>
            {answering.map((file) => (
              <option key={file.sid} value={file.path} />
            ))}
          </datalist>
          <div className="rb-filters">
            <Picker label="What comes in" value={kind} options={KINDS} onChange={setKind} />
            <Picker
              label="Method"
              value={method}
              options={[
                ["POST", "POST"],
                ["GET", "GET"],
              ]}
              onChange={setMethod}
            />
          </div>
          <div className="rb-fields">
            {ASKED[kind].map(([name, first]) => (
              <Text key={name} component="label" size="sm">
                {name}
                <input
                  className="rb-input"
                  value={shownValue(name, first)}
                  placeholder={/Sid$/.test(name) ? "a new one" : ""}
                  onChange={({ currentTarget }) =>
                    setAsked({ ...asked, [name]: currentTarget.value })
                  }
                />
              </Text>
            ))}
          </div>
          <Text component="label" size="sm">
            More fields, one a line: Name=value
            <textarea
              className="rb-input rb-mono"
              rows={kind === "free" ? 5 : 2}
              value={extra}
              onChange={({ currentTarget }) => setExtra(currentTarget.value)}
            />
          </Text>
          <div className="rb-filters">
            <Button type="submit" loading={sending.isPending}>
              {sending.data ? "Send again" : "Send"}
            </Button>
            <Text size="sm" c="dimmed">
              {canSign()
                ? "Signed in this page with the account’s auth token."
                : "Not signed: an API key’s secret cannot sign. Sign in with the auth token to test what is protected."}
            </Text>
          </div>
          {sending.isError && (
            <FailureAlert title="The request was not sent" error={sending.error} />
          )}
          {sending.data && (
            <TestAnswer
              source={source}
              environment={environment}
              answer={sending.data}
              files={files}
            />
          )}
        </Stack>
      </form>
    </Drawer>
  );
}

type Wanted = {
  path: string;
  method: "POST" | "GET";
  kind: CallKind;
  asked: FieldValues;
  extra: string;
};

async function send(
  { serviceSid, environmentSid }: RequestSource,
  { domain_name }: EnvironmentRepresentation,
  { path, method, kind, asked, extra }: Wanted,
): Promise<TestRequestRepresentation> {
  const session = currentSession();
  const first = Object.fromEntries(ASKED[kind]);
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const accountSid = session.state === "signed-out" ? "" : session.accountSid;
  const fields = formFields(kind, { ...first, ...asked }, extra, accountSid, hex);
  const form = new URLSearchParams(fields).toString();
  const separator = path.includes("?") ? "&" : "?";
  const asGet = method === "GET" && form !== "";
  // As a browser's URL parser, and the API's, writes it.
  const url = new URL(
    `${location.protocol}//${domain_name}${path}${asGet ? separator + form : ""}`,
  );
  const signature =
    canSign() && session.state !== "signed-out"
      ? await signatureOf(url.href, session.credentials.password, method === "POST" ? fields : [])
      : undefined;
  return post<TestRequestRepresentation>(
    `${environmentPath(serviceSid, environmentSid)}/TestRequests`,
    {
      ...{ Path: url.pathname + url.search, Method: method, Signature: signature },
      ...(method === "POST" ? { Body: form } : {}),
    },
  );
}
