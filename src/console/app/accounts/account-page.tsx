import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { usageQuery } from "../api/queries.ts";
import { Link } from "../router.tsx";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Accounts } from "./accounts.tsx";
import { Keys } from "./keys.tsx";

/** Who opens the API: one's own keys, and, for the operator, the other accounts. */
export default function AccountPage() {
  const usage = useQuery(usageQuery());
  useEffect(() => {
    document.title = "Keys and accounts · Ringback";
  }, []);
  return (
    <>
      <Link href="/" className="rb-back">
        <Icon name="arrowLeft" size={16} /> Services
      </Link>
      <Title order={1} mb="lg">
        Keys and accounts
      </Title>
      {usage.isError && !usage.data && (
        <FailureAlert
          title="The account cannot be shown"
          error={usage.error}
          onRetry={() => void usage.refetch()}
        />
      )}
      {usage.data?.credential === "key" && (
        <Text>
          You are signed in with an API key, which manages no keys and accounts. Sign in with the
          account’s SID and auth token to do that.
        </Text>
      )}
      {usage.data?.credential === "token" && (
        <Stack gap="xl">
          <Keys />
          {usage.data.operator && <Accounts />}
        </Stack>
      )}
    </>
  );
}
