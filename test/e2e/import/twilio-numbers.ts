/** What an account has at Twilio beside services: by SID, as the API shows it. */
export type NumbersAccount = {
  authorization: string;
  numbers: Map<string, Record<string, unknown>>;
  applications: Map<string, Record<string, unknown>>;
  messagingServices: Map<string, Record<string, unknown>>;
  flows: Map<string, Record<string, unknown>>;
};

type Collection = Exclude<keyof NumbersAccount, "authorization">;

/** Paths of Twilio's OpenAPI documents (api v2010, messaging v1, studio v2), and what they list. */
const PATHS: [RegExp, Collection, key: string][] = [
  [
    /^api\/2010-04-01\/Accounts\/AC\w{32}\/IncomingPhoneNumbers(?:\/(\w+))?\.json$/,
    "numbers",
    "incoming_phone_numbers",
  ],
  [
    /^api\/2010-04-01\/Accounts\/AC\w{32}\/Applications(?:\/(\w+))?\.json$/,
    "applications",
    "applications",
  ],
  [/^messaging\/v1\/Services(?:\/(\w+))?$/, "messagingServices", "services"],
  [/^studio\/v2\/Flows(?:\/(\w+))?$/, "flows", "flows"],
];

/** Rows on a page: few, so that there are several pages. */
const PAGE = 2;

/** Answers a request to `target`, `<product>/<path>?<query>`, as those documents say. */
export function answerNumbers(
  account: NumbersAccount,
  method: string,
  target: string,
  form: URLSearchParams,
  authorization: string,
): { status: number; json: unknown } {
  const [path = "", query] = target.split("?");
  const [pattern, collection, key] = PATHS.find(([form]) => form.test(path)) ?? [];
  if (!pattern || !collection || !key) return failure(404, 20404, `${path} was not found`);
  if (authorization !== account.authorization) return failure(401, 20003, "Authenticate");
  const rows = account[collection];
  const sid = pattern.exec(path)?.[1];
  if (sid === undefined) return list(path, key, [...rows.values()], new URLSearchParams(query));
  const row = rows.get(sid);
  if (!row) return failure(404, 20404, `The requested resource ${path} was not found`);
  if (method === "POST") {
    for (const [name, value] of form) {
      const field = name.replaceAll(/(?<=.)([A-Z])/g, "_$1").toLowerCase();
      if (!(field in row)) return failure(400, 20001, `Unknown parameter ${name}`);
      row[field] = value;
    }
  }
  return { status: 200, json: row };
}

/** The older API pages by `next_page_uri` (a path), the others by `meta.next_page_url`. */
function list(path: string, key: string, rows: object[], query: URLSearchParams) {
  const page = Number(query.get("Page") ?? 0);
  const shown = rows.slice(page * PAGE, (page + 1) * PAGE).map(withoutDefinition);
  const more = rows.length > (page + 1) * PAGE;
  const [product, ...rest] = path.split("/");
  const next = `/${rest.join("/")}?PageSize=${PAGE}&Page=${page + 1}&PageToken=PA${page + 1}`;
  const json =
    product === "api"
      ? { [key]: shown, page, page_size: PAGE, next_page_uri: more ? next : null }
      : {
          [key]: shown,
          meta: {
            key,
            page,
            page_size: PAGE,
            next_page_url: more ? `https://${product}.twilio.com${next}` : null,
          },
        };
  return { status: 200, json };
}

/** A list of flows has no definitions. */
function withoutDefinition(row: object): object {
  const { definition: _, ...rest } = row as { definition?: unknown };
  return rest;
}

function failure(status: number, code: number, message: string) {
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return { status, json: { code, message, more_info, status } };
}

/** A number as a fresh account has one, with these addresses. */
export function phoneNumber(sid: string, phone_number: string, addresses: object) {
  const none = { voice_url: "", voice_fallback_url: "", sms_url: "", sms_fallback_url: "" };
  const row = { sid, phone_number, friendly_name: phone_number, ...none, status_callback: "" };
  return [sid, { ...row, ...addresses }] as const;
}

/** A TwiML application with these addresses. */
export function application(sid: string, friendly_name: string, addresses: object) {
  const none = {
    ...{ voice_url: null, voice_fallback_url: null, status_callback: null, sms_url: null },
    ...{ sms_fallback_url: null, sms_status_callback: null, message_status_callback: null },
  };
  return [sid, { sid, friendly_name, ...none, ...addresses }] as const;
}

/** A messaging service with these addresses. */
export function messagingService(sid: string, friendly_name: string, addresses: object) {
  const none = { inbound_request_url: null, fallback_url: null, status_callback: null };
  return [sid, { sid, friendly_name, ...none, ...addresses }] as const;
}
