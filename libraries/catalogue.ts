/**
 * The npm packages a build's `Dependencies` may name beside Node's own modules. Each is bundled at
 * the version that libraries/package.json pins, and each is called by a test.
 */

export type LibrarySource = {
  /** What deployed code requires. */
  name: string;
  /** The package in libraries/package.json, where an alias tells two majors apart. */
  alias?: string;
  /**
   * The version lines it answers for: `4`, or `0.30` below 1. More than its own where those lines
   * have the same API for what the tests call.
   */
  serves: string[];
  /** Modules inside the package that can be required too, such as `./lib/x`. */
  subpaths?: string[];
  /** Each member of the main module can be required as `<name>/<member>`. */
  members?: "function" | "namespace";
  /** Packages it requires that are libraries themselves and not bundled twice. */
  needs?: string[];
  /** Export conditions, where a package has a build for this platform. */
  conditions?: string[];
};

export const LIBRARIES: LibrarySource[] = [
  { name: "@sendgrid/mail", serves: ["6", "7", "8"] },
  { name: "@twilio-labs/runtime-helpers", serves: ["0.1"] },
  { name: "airtable", serves: ["0.10", "0.11", "0.12"] },
  { name: "axios", serves: ["1"] },
  {
    name: "axios",
    alias: "axios-0",
    serves: [
      "0.19",
      "0.20",
      "0.21",
      "0.22",
      "0.23",
      "0.24",
      "0.25",
      "0.26",
      "0.27",
      "0.28",
      "0.29",
      "0.30",
    ],
  },
  { name: "basic-auth", serves: ["2"] },
  { name: "bcryptjs", serves: ["2", "3"] },
  { name: "common-tags", serves: ["1"] },
  { name: "cookie", serves: ["0.4", "0.5", "0.6", "0.7"] },
  { name: "crypto-js", serves: ["3", "4"] },
  { name: "csv-parse", serves: ["5"], subpaths: ["./sync"] },
  { name: "date-fns", serves: ["3", "4"], members: "namespace" },
  { name: "date-fns", alias: "date-fns-2", serves: ["2"], members: "function" },
  {
    name: "dayjs",
    serves: ["1"],
    subpaths: [
      "./plugin/advancedFormat",
      "./plugin/customParseFormat",
      "./plugin/duration",
      "./plugin/isBetween",
      "./plugin/relativeTime",
      "./plugin/timezone",
      "./plugin/utc",
    ],
  },
  { name: "dotenv", serves: ["8", "10", "14", "15", "16"] },
  { name: "fast-xml-parser", serves: ["4"] },
  { name: "form-data", serves: ["3", "4"] },
  { name: "google-libphonenumber", serves: ["3"] },
  { name: "got", serves: ["11"] },
  { name: "joi", serves: ["17"] },
  { name: "jsonwebtoken", serves: ["8", "9"] },
  { name: "jszip", serves: ["3"] },
  { name: "jwt-decode", serves: ["3"] },
  { name: "libphonenumber-js", serves: ["1"], subpaths: ["./max", "./min", "./mobile"] },
  { name: "lodash", serves: ["4"], members: "function" },
  { name: "luxon", serves: ["1", "2", "3"] },
  { name: "moment", serves: ["2"] },
  { name: "moment-timezone", serves: ["0.5", "0.6"], needs: ["moment"] },
  { name: "mustache", serves: ["4"] },
  { name: "nanoid", serves: ["3"], subpaths: ["./non-secure"] },
  { name: "node-fetch", serves: ["2"] },
  { name: "openai", serves: ["4", "5", "6"] },
  { name: "qrcode", serves: ["1"] },
  { name: "qs", serves: ["6"] },
  {
    name: "stripe",
    serves: ["8", "9", "10", "11", "12", "13", "14", "15", "16", "17"],
    conditions: ["workerd", "worker"],
  },
  { name: "tsscmp", serves: ["1"] },
  { name: "twilio-flex-token-validator", serves: ["1"] },
  { name: "uuid", serves: ["9", "10", "11"] },
  { name: "uuid", alias: "uuid-8", serves: ["3", "7", "8"], members: "function" },
  { name: "validator", serves: ["13"] },
  { name: "xml2js", serves: ["0.4", "0.5", "0.6"] },
  { name: "xmldom", serves: ["0.1", "0.3", "0.4", "0.5", "0.6"] },
  { name: "zod", serves: ["4"] },
  { name: "zod", alias: "zod-3", serves: ["3"] },
];

export type TwilioSource = { alias: string; serves: string[] };

/** The `twilio` package: the first is what code gets that declares none. */
export const TWILIO: TwilioSource[] = [
  { alias: "twilio", serves: ["6"] },
  { alias: "twilio-5", serves: ["5"] },
  { alias: "twilio-4", serves: ["3", "4"] },
];

/** Which modules inside `twilio` deployed code requires; its REST classes come through the client. */
export const SDK_SUBPATHS = /^lib\/(?:base|jwt|twiml|webhooks)\/.*\.js$/;
export const TWIML_SUBPATHS = /^lib\/twiml\/.*\.js$/;
