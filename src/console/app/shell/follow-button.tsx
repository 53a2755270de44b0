import { Button } from "@mantine/core";
import { Icon } from "./icons.tsx";

/** Holds a list that grows by itself, and lets it go on. */
export function FollowButton({
  following,
  onChange,
}: {
  following: boolean;
  onChange: (following: boolean) => void;
}) {
  return (
    <Button
      variant="default"
      leftSection={<Icon name={following ? "pause" : "play"} size={16} />}
      onClick={() => onChange(!following)}
    >
      {following ? "Pause" : "Follow"}
    </Button>
  );
}
