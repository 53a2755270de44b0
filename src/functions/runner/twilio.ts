import manifest from "manifest.json";
import { environment } from "./environment.ts";
import { requireLibrary } from "./libraries.ts";
import { evaluatedPackage, requirePackage } from "./modules.ts";
import { TwilioResponse } from "./response.ts";

type Twiml = Record<string, new () => object>;
type TwilioSdk = {
  (accountSid: string, authToken: string, options?: object): TwilioClient;
  Twilio: new (accountSid: string, authToken: string, options?: object) => TwilioClient;
  twiml: Twiml;
} & Record<string, unknown>;
type TwilioClient = {
  sync: { v1: { services(name: string): Record<string, unknown> } };
};

/** Which document classes the runtime itself turns into XML. */
const DOCUMENTS = ["VoiceResponse", "MessagingResponse", "FaxResponse"];

type TwilioLibrary = "twilio" | "twilio-twiml";

/** What has been evaluated here: a document can come from nowhere else. */
const loaded = new Set<TwilioLibrary>();

/** From a bundle of the release, or the package in the version that the build declares. */
function load(library: TwilioLibrary, subpath: string): unknown {
  loaded.add(library);
  if (manifest.libraries["twilio-twiml"] !== undefined) return requireLibrary(library, subpath);
  if (library === "twilio-twiml" && subpath === ".") return TWIML;
  return requirePackage(subpath === "." ? "twilio" : `twilio${subpath.slice(1)}`);
}

/** The documents of the declared version, each evaluated when it is first asked for. */
const TWIML = { twiml: {} as Twiml };
for (const name of DOCUMENTS) {
  Object.defineProperty(TWIML.twiml, name, {
    get: () => requirePackage(`twilio/lib/twiml/${name}`),
    enumerable: true,
  });
}

/** The `twilio` package, evaluated on first use; in a light Worker its TwiML alone. */
export function twilioSdk(): TwilioSdk {
  return twilioModule(".") as TwilioSdk;
}

/** A module inside the `twilio` package, such as `./lib/twiml/VoiceResponse`; `.` is its main one. */
export function twilioModule(subpath: string): unknown {
  return load(manifest.flavour === "light" ? "twilio-twiml" : "twilio", subpath);
}

function twiml(): Twiml {
  return (load("twilio-twiml", ".") as { twiml: Twiml }).twiml;
}

/** Whether `value` is a TwiML document of either library. */
export function isTwiml(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (manifest.libraries["twilio-twiml"] === undefined) {
    return DOCUMENTS.some((name) => {
      const document = evaluatedPackage(`twilio/lib/twiml/${name}`);
      return typeof document === "function" && value instanceof document;
    });
  }
  return [...loaded].some((library) =>
    DOCUMENTS.some((name) => {
      const document = load(library, `./lib/twiml/${name}`) as new () => object;
      return value instanceof document;
    }),
  );
}

/**
 * The global `Twilio`: the SDK's members and Response. The SDK takes a tenth of a second to
 * evaluate, so what TwiML needs comes from the small library and the rest waits until it is touched.
 */
export function twilioGlobal(): object {
  const own = { twiml: undefined as Twiml | undefined, Response: TwilioResponse };
  Object.defineProperty(own, "twiml", { get: twiml, enumerable: true });
  return new Proxy(own as Record<PropertyKey, unknown>, {
    get: (target, name) => (name in target ? target[name] : twilioSdk()[name as string]),
    has: (target, name) => name in target || name in twilioSdk(),
    ownKeys: (target) => [...new Set([...Object.keys(twilioSdk()), ...Reflect.ownKeys(target)])],
    getOwnPropertyDescriptor: (target, name) => {
      const value = name in target ? target[name] : twilioSdk()[name as string];
      if (value === undefined) return undefined;
      return { value, enumerable: true, configurable: true, writable: true };
    },
  });
}

/** A client on the service's own credentials; throws Twilio's text where it has none. */
export function twilioClient(calledAs: string, options: object): TwilioClient {
  const { ACCOUNT_SID, AUTH_TOKEN } = environment;
  checkAccountSid(ACCOUNT_SID, calledAs);
  checkAuthToken(AUTH_TOKEN, calledAs);
  return twilioSdk()(ACCOUNT_SID as string, AUTH_TOKEN as string, options);
}

/** The global `twilioClient`: undefined where the service has no credentials. */
export function globalClient(): TwilioClient | undefined {
  const { ACCOUNT_SID, AUTH_TOKEN } = environment;
  if (!isAccountSid(ACCOUNT_SID) || !AUTH_TOKEN) return undefined;
  return new (twilioSdk().Twilio)(ACCOUNT_SID, AUTH_TOKEN, { lazyLoading: true });
}

/** Throws unless the service's credentials have an account SID. */
export function checkAccountSid(
  accountSid: string | undefined,
  calledAs: string,
): asserts accountSid is string {
  if (!accountSid) throw misconfigured("Missing Account SID", MISSING_SID, calledAs);
  if (!isAccountSid(accountSid)) throw misconfigured("Invalid Account SID", INVALID_SID, calledAs);
}

function checkAuthToken(authToken: string | undefined, calledAs: string): void {
  if (!authToken) throw misconfigured("Missing Auth Token", MISSING_TOKEN, calledAs);
  if (authToken.length !== 32) throw misconfigured("Invalid Auth Token", INVALID_TOKEN, calledAs);
}

function isAccountSid(value: string | undefined): value is string {
  return value !== undefined && value.length === 34 && value.startsWith("AC");
}

const MISSING_SID =
  "This service has no ACCOUNT_SID. Set IncludeCredentials on the service, or a variable ACCOUNT_SID.";
const INVALID_SID =
  "ACCOUNT_SID is no account SID: it should start with AC and have 34 characters.";
const MISSING_TOKEN =
  "This service has no AUTH_TOKEN. Set IncludeCredentials on the service, or a variable AUTH_TOKEN.";
const INVALID_TOKEN = "AUTH_TOKEN is no auth token: it should have 32 characters.";

function misconfigured(title: string, advice: string, calledAs: string): Error {
  const error = new Error(`${title}\n${advice}`);
  error.name = "INVALID_CONFIG";
  error.stack = `${error.message}\n--- at ${calledAs}`;
  return error;
}
