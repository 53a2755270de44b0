import { readAsOf } from "./read-as-of.ts";

/** What D1 says a hostname serves: the truth that KV follows. */
export type Served = {
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  build_sid: string;
  deployment_sid: string;
  domain_label: string;
  /** The environment's custom domains. */
  domains: string[];
  deployment_date: string;
  /** Since when a custom domain shows this environment, Unix seconds; 0 for its own hostname. */
  shown_since: number;
};

/** What hostnames serve, as of a moment by D1's clock; one that serves nothing is left out. */
export type ServedAsOf = { served: Map<string, Served>; asOf: number };

/** A hostname, and the environment's label in it where it lies below BASE_DOMAIN. */
export type HostnameLabel = { hostname: string; label: string | null };

const SERVED = `environments.account_sid, environments.service_sid,
  environments.sid AS environment_sid, environments.build_sid, environments.deployment_sid,
  environments.domain_label,
  (SELECT json_group_array(hostname) FROM (
     SELECT hostname FROM domains WHERE environment_sid = environments.sid ORDER BY hostname
   )) AS domains,
  (SELECT date_created FROM deployments WHERE sid = environments.deployment_sid) AS deployment_date`;

/** Returns what each of `names` serves, in one query. */
export async function servedUnder(db: D1Database, names: HostnameLabel[]): Promise<ServedAsOf> {
  const statement = db
    .prepare(
      `WITH names AS (
         SELECT value ->> 'hostname' AS hostname, value ->> 'label' AS label FROM json_each(?)
       )
       SELECT names.hostname, ${SERVED}, 0 AS shown_since FROM names
       JOIN environments ON environments.domain_label = names.label
       WHERE environments.deployment_sid IS NOT NULL AND environments.build_sid IS NOT NULL
       UNION ALL
       SELECT names.hostname, ${SERVED}, domains.shown_since FROM names
       JOIN domains ON domains.hostname = names.hostname
       JOIN environments ON environments.sid = domains.environment_sid
       WHERE environments.deployment_sid IS NOT NULL AND environments.build_sid IS NOT NULL`,
    )
    .bind(JSON.stringify(names));
  type Row = Omit<Served, "domains"> & { hostname: string; domains: string };
  const { rows, asOf } = await readAsOf<Row>(db, statement);
  const served = new Map(
    rows.map(({ hostname, domains, ...fields }) => [
      hostname,
      { ...fields, domains: JSON.parse(domains) as string[] },
    ]),
  );
  return { served, asOf };
}

/** Some environments that serve something: their names, and where the next stretch begins. */
export type ServingEnvironments = {
  environments: { label: string; customHostnames: string[] }[];
  /** The last environment's `seq`, or null at the end. */
  next: number | null;
};

/** Returns the names of up to `limit` environments that serve something, `after` a `seq`. */
export async function servingEnvironments(
  db: D1Database,
  after: number,
  limit: number,
): Promise<ServingEnvironments> {
  const { results } = await db
    .prepare(
      `SELECT seq, domain_label, (
         SELECT json_group_array(hostname) FROM domains WHERE environment_sid = environments.sid
       ) AS hostnames
       FROM environments WHERE deployment_sid IS NOT NULL AND build_sid IS NOT NULL AND seq > ?
       ORDER BY seq LIMIT ?`,
    )
    .bind(after, limit)
    .all<{ seq: number; domain_label: string; hostnames: string }>();
  return {
    environments: results.map(({ domain_label, hostnames }) => ({
      label: domain_label,
      customHostnames: JSON.parse(hostnames) as string[],
    })),
    next: results.length < limit ? null : (results.at(-1)?.seq ?? null),
  };
}
