import type { EnvironmentReport } from "./copy-environment.ts";
import { bytes, counted } from "./progress.ts";
import type { Settings } from "./settings.ts";

/** Whether everything was copied and is equal. */
export function isWhole(reports: EnvironmentReport[]): boolean {
  return reports.every(
    ({ failure, comparison }) => failure === null && comparison.different.length === 0,
  );
}

/** Returns what an import has come to, for people: addresses, what is missing, what to do next. */
export function describeImport(
  reports: EnvironmentReport[],
  { from, to, services }: Settings,
  accountSid: string,
): string {
  const blocks = [
    addresses(reports),
    problems("Not done", reports, ({ failure }) => (failure === null ? [] : [failure])),
    problems("Not equal", reports, ({ comparison }) => comparison.different.map(line)),
    problems("Left out", reports, ({ leftOut }) => leftOut.map(line)),
    problems("Still holding an old address", reports, ({ mentions }) => mentions),
    problems("Here alone, and left as they are", reports, ({ onlyHere }) =>
      onlyHere.map((key) => `variable ${key}`),
    ),
    totals(reports),
  ];
  if (accountSid !== from && reports.some(({ needsAccount }) => needsAccount)) {
    blocks.push(
      `This Ringback's account is ${accountSid}, and Twilio signs its requests with the token of\n` +
        `${from}: what is protected refuses them, and functions see the account here. To let it\n` +
        "be the same account, and then import as it (RINGBACK_ACCOUNT_SID, RINGBACK_AUTH_TOKEN):\n" +
        `  npm run account -- add "From Twilio" --sid ${from} --token --url ${to}\n` +
        "It asks for the token that Twilio's console shows.",
    );
  }
  if (reports.some(({ failure, newUrl }) => failure === null && newUrl !== null)) {
    const which =
      services === null ? "--all" : services.map((name) => `--service ${name}`).join(" ");
    blocks.push(
      "Nothing was changed at Twilio. To see what there points to the old addresses:\n" +
        `  npm run import -- --from ${from} ${which} --to ${to} --numbers`,
    );
  }
  return blocks.filter((block) => block !== "").join("\n\n");
}

function addresses(reports: EnvironmentReport[]): string {
  const width = Math.max(0, ...reports.map(({ oldUrl }) => oldUrl.length));
  return reports
    .map(({ oldUrl, newUrl, failure }) => {
      const now = newUrl === null ? "nothing" : failure === null ? newUrl : `${newUrl} (not done)`;
      return `${oldUrl.padEnd(width)}  →  ${now}`;
    })
    .join("\n");
}

function line({ path, reason }: { path: string; reason: string }): string {
  return `${path}: ${reason}`;
}

function problems(
  title: string,
  reports: EnvironmentReport[],
  of: (report: EnvironmentReport) => string[],
): string {
  const blocks = reports.flatMap((report) => {
    const lines = of(report);
    if (lines.length === 0) return [];
    return [
      `  ${report.service} ${report.environment}`,
      ...lines.map((text) => `    ${text.replaceAll("\n", "\n    ")}`),
    ];
  });
  return blocks.length === 0 ? "" : [`${title}:`, ...blocks].join("\n");
}

function totals(reports: EnvironmentReport[]): string {
  const sum = (of: (report: EnvironmentReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const uploaded = sum((report) => report.uploaded);
  const size = sum((report) => report.uploadedBytes);
  const set = sum((report) => report.variablesSet);
  const deployed = reports.filter((report) => report.deployed).length;
  const done =
    uploaded + set + deployed === 0
      ? isWhole(reports)
        ? "Nothing to do: everything was here already."
        : "Nothing was uploaded, set or deployed."
      : `${counted(uploaded, "file")} (${bytes(size)}) uploaded, ${counted(set, "variable")} set, ` +
        `${counted(deployed, "deployment")} made.`;
  const equal = sum(({ comparison }) => comparison.equal);
  const different = sum(({ comparison }) => comparison.different.length);
  if (equal + different === 0) return done;
  const all = `${counted(equal, "public or protected file")}`;
  return different > 0
    ? `${done}\n${all} fetched from both sides are equal, ${different} are not.`
    : `${done}\nThe bytes of ${all} were fetched from both sides and are equal.`;
}
