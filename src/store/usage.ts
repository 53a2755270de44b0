/** What a service holds; deleted assets and functions count where builds still hold their bytes. */
export type ServiceUsageRow = {
  sid: string;
  unique_name: string;
  environments: number;
  assets: number;
  functions: number;
  builds: number;
  stored_bytes: number;
  /** When it, a file or what is deployed last changed. */
  date_changed: string;
};

/**
 * Returns what the services of an account hold, newest first, and how many builds it made since
 * `since`, in one round trip.
 */
export async function readUsage(
  db: D1Database,
  accountSid: string,
  since: string,
): Promise<{ services: ServiceUsageRow[]; builds: number }> {
  const [services, builds] = await db.batch<Record<string, unknown>>([
    db
      .prepare(
        `SELECT sid, unique_name,
           (SELECT count(*) FROM environments WHERE service_sid = s.sid) AS environments,
           (SELECT count(*) FROM resources
             WHERE service_sid = s.sid AND kind = 'asset' AND date_deleted IS NULL) AS assets,
           (SELECT count(*) FROM resources
             WHERE service_sid = s.sid AND kind = 'function' AND date_deleted IS NULL) AS functions,
           (SELECT count(*) FROM builds WHERE service_sid = s.sid) AS builds,
           (SELECT coalesce(sum(content_size), 0) FROM versions
             WHERE service_sid = s.sid) AS stored_bytes,
           max(date_updated,
             coalesce((SELECT max(date_created) FROM versions WHERE service_sid = s.sid), ''),
             coalesce((SELECT max(date_updated) FROM environments WHERE service_sid = s.sid), '')
           ) AS date_changed
         FROM services AS s WHERE account_sid = ? ORDER BY seq DESC`,
      )
      .bind(accountSid),
    db
      .prepare(
        "SELECT count(*) AS builds FROM build_attempts WHERE account_sid = ? AND date_created > ?",
      )
      .bind(accountSid, since),
  ]);
  return {
    services: (services?.results ?? []) as ServiceUsageRow[],
    builds: Number(builds?.results[0]?.builds ?? 0),
  };
}
