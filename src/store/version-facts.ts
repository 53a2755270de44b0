/**
 * Keeps what was found in the bytes of versions of a service, by version SID; returns how many of
 * them are the service's.
 */
export async function storeFacts(
  db: D1Database,
  serviceSid: string,
  facts: Record<string, object>,
): Promise<number> {
  const { meta } = await db
    .prepare(
      `UPDATE versions SET facts = told.value FROM json_each(?2) AS told
       WHERE versions.sid = told.key AND versions.service_sid = ?1`,
    )
    .bind(serviceSid, JSON.stringify(facts))
    .run();
  return meta.changes;
}
