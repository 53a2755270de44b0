/** What was deleted with a service or environment, and the names it was reachable under. */
export type DeletedHosts = {
  environmentSids: string[];
  labels: string[];
  customHostnames: string[];
};

type TextRows = D1Result<Record<string, string>> | undefined;

/** Reads them from rows of `environments` (`sid`, `domain_label`) and of `domains` (`hostname`). */
export function deletedHosts(environments: TextRows, domains: TextRows): DeletedHosts {
  const column = (rows: TextRows, name: string) =>
    (rows?.results ?? []).map((row) => row[name] as string);
  return {
    environmentSids: column(environments, "sid"),
    labels: column(environments, "domain_label"),
    customHostnames: column(domains, "hostname"),
  };
}
