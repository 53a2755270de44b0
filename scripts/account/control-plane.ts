import { basicAuthorization, type OperatorCredentials, readOperator } from "../operator.ts";

/** A failure that the person at the keyboard is told about, without a stack. */
export class AccountFailure extends Error {}

/** Where the control plane is, and who asks. */
export type ControlPlane = OperatorCredentials & { url: string };

export type Account = { sid: string; friendly_name: string; date_created: string };
export type Key = { sid: string; friendly_name: string; date_created: string };

/** Returns the control plane at `url`, called as `readOperator` says; throws AccountFailure for nobody. */
export function controlPlane(url: string, environment: NodeJS.ProcessEnv): ControlPlane {
  const operator = readOperator(environment);
  if (operator === null) {
    throw new AccountFailure(
      "Whose credentials? Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to those of the account in\n" +
        "the Worker's secrets, or run `npm start` once: it writes them to .dev.vars.",
    );
  }
  return { url: url.replace(/\/+$/, ""), ...operator };
}

/** Calls the API and returns the answer's JSON; throws AccountFailure with what to do about it. */
export async function callApi<Answer>(
  plane: ControlPlane,
  method: "GET" | "POST" | "DELETE",
  resource: string,
  form: Record<string, string | undefined> = {},
): Promise<Answer> {
  const fields = Object.entries(form).filter((field): field is [string, string] => !!field[1]);
  const init = { method, headers: { Authorization: basicAuthorization(plane) } };
  const target = resource.startsWith("http") ? resource : `${plane.url}/v1${resource}`;
  let response: Response;
  try {
    response = await fetch(
      target,
      method === "POST" ? { ...init, body: new URLSearchParams(fields) } : init,
    );
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    throw new AccountFailure(
      `Nothing answers at ${plane.url} (${(cause as Error).message}).\n` +
        "Start it with `npm start`, or say where it is: --url https://example.net",
    );
  }
  if (response.status === 204) return undefined as Answer;
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as Answer;
  throw new AccountFailure(reason(response.status, answer as { message?: string } | null, target));
}

function reason(status: number, answer: { message?: string } | null, target: string): string {
  if (status === 401) {
    return (
      "The control plane does not take these credentials (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN):\n" +
      "they must be those of the account in its secrets."
    );
  }
  if (answer?.message) return `${answer.message} (HTTP ${status})`;
  return `${target} answers HTTP ${status}, and not as a control plane of Ringback does.`;
}

/** Reads a list to its last page. */
export async function listAll<Row>(
  plane: ControlPlane,
  resource: string,
  key: string,
): Promise<Row[]> {
  type Answer = { meta: { next_page_url: string | null } } & Record<string, Row[]>;
  const rows: Row[] = [];
  for (let next: string | null = resource; next !== null; ) {
    const answer: Answer = await callApi<Answer>(plane, "GET", next);
    rows.push(...(answer[key] ?? []));
    next = answer.meta.next_page_url;
  }
  return rows;
}
