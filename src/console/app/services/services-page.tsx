import { Button, Group, Skeleton, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ServiceRepresentation, UsageRepresentation } from "../../../api/representations.ts";
import { servicesQuery, usageQuery } from "../api/queries.ts";
import { count, formatAge, formatBytes, formatTime } from "../format.ts";
import { closeParameter, Link, navigate, openParameter, pathOf, useParameter } from "../router.tsx";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { CreateService } from "./create-service.tsx";

/** Every service of the account, with what it holds against the limits. */
export default function ServicesPage() {
  const services = useQuery(servicesQuery());
  const usage = useQuery(usageQuery());
  const creating = useParameter("dialog") === "service";
  const create = () => openParameter("dialog", "service");
  useEffect(() => {
    document.title = "Services · Ringback";
  }, []);
  const limit = usage.data?.limits.services_per_account;
  return (
    <>
      <Group justify="space-between" align="flex-end" mb="lg">
        <div>
          <Title order={1}>Services</Title>
          <Text c="dimmed" size="sm">
            {services.data && limit !== undefined
              ? `${services.data.length} of ${count(limit, "service")}`
              : "Each has its own files and web addresses"}
          </Text>
        </div>
        {services.data?.length !== 0 && (
          <Button leftSection={<Icon name="add" />} onClick={create}>
            Create service
          </Button>
        )}
      </Group>
      {services.isError && (
        <FailureAlert
          title="The services could not be listed"
          error={services.error}
          onRetry={() => void services.refetch()}
        />
      )}
      {services.isPending && <ServicesSkeleton />}
      {services.data?.length === 0 && <FirstSteps onCreate={create} />}
      {services.data && services.data.length > 0 && (
        <ul className="rb-cards">
          {services.data.map((service) => (
            <ServiceCard key={service.sid} service={service} usage={usage.data} />
          ))}
        </ul>
      )}
      {services.data?.length === 1 && <FirstSteps />}
      <CreateService opened={creating} onClose={() => closeParameter("dialog")} />
    </>
  );
}

function ServiceCard({
  service,
  usage,
}: {
  service: ServiceRepresentation;
  usage: UsageRepresentation | undefined;
}) {
  const { sid, friendly_name, unique_name, domain_base, date_updated } = service;
  const held = usage?.services.find((one) => one.sid === sid);
  const changed = held?.date_changed ?? date_updated;
  return (
    <li className="rb-card">
      <Link
        href={pathOf({ page: "service", serviceSid: sid, tab: "files", item: null })}
        className="rb-card-link"
      >
        {friendly_name}
      </Link>
      <Text size="sm" c="dimmed" className="rb-mono rb-breakable">
        {friendly_name === unique_name ? domain_base : `${unique_name} · ${domain_base}`}
      </Text>
      <dl className="rb-facts">
        <Fact
          label="Functions"
          value={held && `${held.functions} of ${usage?.limits.function_versions_per_build}`}
        />
        <Fact label="Assets" value={held?.assets.toLocaleString("en-GB")} />
        <Fact
          label="Environments"
          value={held && `${held.environments} of ${usage?.limits.environments_per_service}`}
        />
        <Fact label="Stored" value={held && formatBytes(held.stored_bytes)} />
      </dl>
      <Text size="xs" c="dimmed" title={formatTime(changed)}>
        Changed {formatAge(changed)}
      </Text>
    </li>
  );
}

function Fact({ label, value }: { label: string; value: string | undefined }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value ?? "–"}</dd>
    </div>
  );
}

/** How one starts: for who has no service, or has the first. */
function FirstSteps({ onCreate }: { onCreate?: () => void }) {
  const demo = useMutation({
    mutationFn: async () => (await import("./make-demo.ts")).makeDemo(),
    onSuccess: (sid) =>
      navigate(pathOf({ page: "service", serviceSid: sid, tab: "files", item: null })),
  });
  return (
    <section className={onCreate ? "rb-first" : "rb-first rb-first-again"} aria-label="First steps">
      <Title order={2}>
        {onCreate ? "Create your first service" : "From here to a phone call"}
      </Title>
      <ol className="rb-steps">
        <li>
          <Icon name="cloud" size={26} />
          <strong>Create a service</strong>
          <span>A set of files with a web address of its own.</span>
        </li>
        <li>
          <Icon name="upload" size={26} />
          <strong>Drop files in</strong>
          <span>Greetings, pictures, TwiML; or write a function that answers.</span>
        </li>
        <li>
          <Icon name="phone" size={26} />
          <strong>Deploy All, and copy the URL</strong>
          <span>Give it to a phone number, a call or a message.</span>
        </li>
      </ol>
      <Group justify="center">
        {onCreate && (
          <Button size="md" leftSection={<Icon name="add" />} onClick={onCreate}>
            Create service
          </Button>
        )}
        <Button
          size={onCreate ? "md" : "sm"}
          variant="default"
          leftSection={<Icon name="play" size={17} />}
          loading={demo.isPending}
          onClick={() => demo.mutate()}
        >
          Make the demo
        </Button>
      </Group>
      {demo.isError && <FailureAlert title="The demo was not made" error={demo.error} />}
    </section>
  );
}

function ServicesSkeleton() {
  return (
    <div className="rb-cards" aria-hidden="true">
      {[1, 2, 3].map((number) => (
        <Skeleton key={number} height={168} radius="md" />
      ))}
    </div>
  );
}
