import { inParallel } from "../in-parallel.ts";
import { type SourceApi, sourceFailure } from "../source-api.ts";
import { type Moved, type NewAddress, newAddress } from "./addresses.ts";

export const KINDS = ["phone number", "TwiML application", "messaging service"] as const;
export type Kind = (typeof KINDS)[number];

/** A setting at Twilio that holds one of the old addresses. */
export type Pointer = {
  kind: Kind;
  sid: string;
  /** What people know it by. */
  name: string;
  /** As Twilio's client names it: `voiceUrl`. */
  field: string;
  old: string;
  now: NewAddress;
};

/** A place in a Studio flow that holds one of the old addresses. */
export type FlowPointer = {
  flow: string;
  name: string;
  place: string;
  old: string;
  now: NewAddress;
};

/** The addresses that each kind has, as Twilio's client names them. */
const FIELDS: Record<Kind, string[]> = {
  "phone number": ["voiceUrl", "voiceFallbackUrl", "statusCallback", "smsUrl", "smsFallbackUrl"],
  "TwiML application": [
    "voiceUrl",
    "voiceFallbackUrl",
    "statusCallback",
    "smsUrl",
    "smsFallbackUrl",
    "smsStatusCallback",
    "messageStatusCallback",
  ],
  "messaging service": ["inboundRequestUrl", "fallbackUrl", "statusCallback"],
};

/** How many flows are read at once: a list of them has no definitions. */
const FLOWS_AT_ONCE = 4;

/** Something at Twilio that has addresses. */
export type Holder = { sid: string; name: string; addresses: Record<string, string> };

type Row = { sid: string; friendlyName: string; phoneNumber?: string };

/** What Twilio's client offers alike for each kind. */
type Resources = {
  (sid: string): { fetch(): Promise<Row>; update(fields: Record<string, string>): Promise<Row> };
  list(options: { pageSize: number }): Promise<Row[]>;
};

function resources(api: SourceApi, kind: Kind): Resources {
  const all = {
    "phone number": api.incomingPhoneNumbers,
    "TwiML application": api.applications,
    "messaging service": api.messaging.v1.services,
  };
  return all[kind] as unknown as Resources;
}

/** Reads every number, application or messaging service of the account. Throws ImportFailure. */
export async function readHolders(api: SourceApi, kind: Kind): Promise<Holder[]> {
  try {
    const rows = await resources(api, kind).list({ pageSize: 100 });
    return rows.map((row) => holder(kind, row));
  } catch (error) {
    throw sourceFailure(error, `the list of ${kind}s`, api.accountSid);
  }
}

/** Reads one of them anew; null where it is gone. Throws ImportFailure. */
export async function readHolder(api: SourceApi, kind: Kind, sid: string): Promise<Holder | null> {
  try {
    return holder(kind, await resources(api, kind)(sid).fetch());
  } catch (error) {
    if ((error as { status?: number }).status === 404) return null;
    throw sourceFailure(error, `the ${kind} ${sid}`, api.accountSid);
  }
}

function holder(kind: Kind, row: Row): Holder {
  const values = row as unknown as Record<string, string | null>;
  return {
    sid: row.sid,
    name: row.phoneNumber ?? row.friendlyName,
    addresses: Object.fromEntries(FIELDS[kind].map((field) => [field, values[field] ?? ""])),
  };
}

/** Sets addresses of one number, application or messaging service. Throws ImportFailure. */
export async function setAddresses(
  api: SourceApi,
  kind: Kind,
  sid: string,
  addresses: Record<string, string>,
): Promise<void> {
  try {
    await resources(api, kind)(sid).update(addresses);
  } catch (error) {
    throw sourceFailure(error, `the ${kind} ${sid}`, api.accountSid);
  }
}

/** Finds what at Twilio points to the old addresses, but for flows. Throws ImportFailure. */
export async function findPointers(api: SourceApi, moved: Moved[]): Promise<Pointer[]> {
  const pointers: Pointer[] = [];
  for (const kind of KINDS) {
    for (const { sid, name, addresses } of await readHolders(api, kind)) {
      for (const [field, old] of Object.entries(addresses)) {
        const now = newAddress(old, moved);
        if (now) pointers.push({ kind, sid, name, field, old, now });
      }
    }
  }
  return pointers;
}

/** Finds the places in Studio flows that hold one of the old addresses. Throws ImportFailure. */
export async function findFlowPointers(api: SourceApi, moved: Moved[]): Promise<FlowPointer[]> {
  try {
    const flows = await api.studio.v2.flows.list({ pageSize: 100 });
    const found = await inParallel(flows, FLOWS_AT_ONCE, async ({ sid, friendlyName }) => {
      const { definition } = await api.studio.v2.flows(sid).fetch();
      return [...addressesIn(definition)].flatMap(({ place, address }) => {
        const now = newAddress(address, moved);
        return now ? [{ flow: sid, name: friendlyName, place, old: address, now }] : [];
      });
    });
    return found.flat();
  } catch (error) {
    throw sourceFailure(error, "the Studio flows", api.accountSid);
  }
}

/** Every web address in a flow's definition, alone or within a text, and the widget that it is in. */
function* addressesIn(
  value: unknown,
  place = "",
  widget = "",
): Generator<{ place: string; address: string }> {
  if (typeof value === "string") {
    for (const [address] of value.matchAll(/https?:\/\/[^\s"'<>{}]*[^\s"'<>{}.,;:!?)]/g)) {
      yield { place: [widget, place].filter(Boolean).join(": "), address };
    }
  } else if (typeof value === "object" && value !== null) {
    const { name, type } = value as { name?: unknown; type?: unknown };
    const own = typeof name === "string" && typeof type === "string" ? name : widget;
    for (const [key, inner] of Object.entries(value)) yield* addressesIn(inner, key, own);
  }
}
