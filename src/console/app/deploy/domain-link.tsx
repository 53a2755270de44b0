import { Anchor, CopyButton } from "@mantine/core";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { IconButton } from "../shell/icon-button.tsx";

/** Where an environment answers, to be opened and copied. */
export function DomainLink({ environment }: { environment: EnvironmentRepresentation }) {
  const url = `${location.protocol}//${environment.domain_name}`;
  return (
    <span className="rb-domain">
      <Anchor href={`${url}/`} target="_blank" rel="noreferrer" size="sm" className="rb-mono">
        {environment.domain_name}
      </Anchor>
      <CopyButton value={url}>
        {({ copied, copy }) => (
          <IconButton
            icon={copied ? "check" : "copy"}
            size={15}
            label={copied ? "Address copied" : "Copy the address"}
            title="Copy the address"
            onClick={copy}
          />
        )}
      </CopyButton>
    </span>
  );
}
