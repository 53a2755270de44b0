/** One real call of each package, and what it sends to the outside. */
export type Example = {
  dependency: string;
  version?: string;
  /** An async function body: what it returns is the answer. */
  body: string;
  returns: unknown;
  sends?: string[];
};

export const EXAMPLES: Example[] = [
  {
    dependency: "@sendgrid/mail",
    body: `const mail = require("@sendgrid/mail");
      mail.setApiKey("SG.x");
      const [answer] = await mail.send({ to: "b@example.com", from: "a@example.com", subject: "s", text: "t" });
      return answer.statusCode;`,
    returns: 200,
    sends: [
      'POST https://api.sendgrid.com/v3/mail/send {"from":{"email":"a@example.com"},"subject":"s","personalizations":[{"to":[{"email":"b@example.com"}]}],"content":[{"value":"t","type":"text/plain"}]}',
    ],
  },
  {
    dependency: "@twilio-labs/runtime-helpers",
    body: `const { response, requireAsset } = require("@twilio-labs/runtime-helpers");
      const cors = response.createCORSResponse("*").headers["Access-Control-Allow-Origin"];
      return [cors, requireAsset("greeting.js")];`,
    returns: ["*", "ahoy"],
  },
  {
    dependency: "airtable",
    body: `const Airtable = require("airtable");
      const base = new Airtable({ apiKey: "k" }).base("app1");
      const record = await base("Guests").find("rec1");
      return record.get("name");`,
    returns: "Bo",
    sends: ["GET https://api.airtable.com/v0/app1/Guests/rec1?"],
  },
  {
    dependency: "axios",
    body: `const axios = require("axios");
      const got = await axios.get("https://example.com/a", { params: { q: "ü" } });
      const posted = await axios.post("https://example.com/b", { n: 1 });
      return [got.data.ok, posted.status, axios.VERSION.split(".")[0]];`,
    returns: [true, 200, "1"],
    sends: ["GET https://example.com/a?q=%C3%BC", 'POST https://example.com/b {"n":1}'],
  },
  {
    dependency: "axios",
    version: "^0.21.1",
    body: `const axios = require("axios");
      const posted = await axios.post("https://example.com/b", { n: 1 });
      return [posted.data.ok, typeof axios.CancelToken.source];`,
    returns: [true, "function"],
    sends: ['POST https://example.com/b {"n":1}'],
  },
  {
    dependency: "basic-auth",
    body: `return require("basic-auth").parse("Basic YTpi");`,
    returns: { name: "a", pass: "b" },
  },
  {
    dependency: "bcryptjs",
    body: `const bcrypt = require("bcryptjs");
      return bcrypt.compareSync("pw", bcrypt.hashSync("pw", 4));`,
    returns: true,
  },
  {
    dependency: "common-tags",
    body: "return require('common-tags').oneLine`a\n  b`;",
    returns: "a b",
  },
  {
    dependency: "cookie",
    version: "^0.7.0",
    body: `return require("cookie").parse("a=1");`,
    returns: { a: "1" },
  },
  {
    dependency: "crypto-js",
    body: `const crypto = require("crypto-js");
      return crypto.HmacSHA1("m", "k").toString();`,
    returns: "772b71c8a2997e768be01d9711e4a4f34a24ef33",
  },
  {
    dependency: "csv-parse",
    body: `return require("csv-parse/sync").parse("a,b\\n1,2", { columns: true });`,
    returns: [{ a: "1", b: "2" }],
  },
  {
    dependency: "date-fns",
    body: `const { addDays } = require("date-fns");
      const { format } = require("date-fns/format");
      return format(addDays(new Date(2026, 0, 1), 1), "yyyy-MM-dd");`,
    returns: "2026-01-02",
  },
  {
    dependency: "date-fns",
    version: "^2.29.0",
    body: `const format = require("date-fns/format");
      return format(new Date(2026, 0, 1), "yyyy");`,
    returns: "2026",
  },
  {
    dependency: "dayjs",
    body: `const dayjs = require("dayjs");
      dayjs.extend(require("dayjs/plugin/utc"));
      dayjs.extend(require("dayjs/plugin/timezone"));
      return dayjs.utc("2026-01-01T12:00:00Z").tz("America/New_York").format("HH:mm");`,
    returns: "07:00",
  },
  {
    dependency: "dotenv",
    body: `return require("dotenv").parse("A=1");`,
    returns: { A: "1" },
  },
  {
    dependency: "fast-xml-parser",
    body: `const { XMLParser } = require("fast-xml-parser");
      return new XMLParser().parse("<a><b>1</b></a>");`,
    returns: { a: { b: 1 } },
  },
  {
    dependency: "form-data",
    body: `const FormData = require("form-data");
      const form = new FormData();
      form.append("a", "1");
      return form.getBuffer().toString().includes('name="a"');`,
    returns: true,
  },
  {
    dependency: "google-libphonenumber",
    body: `const { PhoneNumberUtil, PhoneNumberFormat } = require("google-libphonenumber");
      const util = PhoneNumberUtil.getInstance();
      return util.format(util.parse("202-456-1414", "US"), PhoneNumberFormat.E164);`,
    returns: "+12024561414",
  },
  {
    dependency: "got",
    version: "^11",
    body: `const got = require("got");
      const { body } = await got.post("https://example.com/g", { json: { n: 1 }, responseType: "json", retry: 0 });
      return body.ok;`,
    returns: true,
    sends: ['POST https://example.com/g {"n":1}'],
  },
  {
    dependency: "joi",
    body: `const Joi = require("joi");
      return Joi.object({ a: Joi.number().required() }).validate({ a: "1" }).value;`,
    returns: { a: 1 },
  },
  {
    dependency: "jsonwebtoken",
    body: `const jwt = require("jsonwebtoken");
      return jwt.verify(jwt.sign({ a: 1 }, "secret", { noTimestamp: true }), "secret");`,
    returns: { a: 1 },
  },
  {
    dependency: "jszip",
    body: `const JSZip = require("jszip");
      const bytes = await new JSZip().file("a.txt", "hi").generateAsync({ type: "nodebuffer" });
      return (await JSZip.loadAsync(bytes)).file("a.txt").async("string");`,
    returns: "hi",
  },
  {
    dependency: "jwt-decode",
    version: "^3",
    body: `return require("jwt-decode")("e30.eyJhIjoxfQ.x");`,
    returns: { a: 1 },
  },
  {
    dependency: "libphonenumber-js",
    body: `const { parsePhoneNumber } = require("libphonenumber-js/max");
      return parsePhoneNumber("202-456-1414", "US").format("E.164");`,
    returns: "+12024561414",
  },
  {
    dependency: "lodash",
    body: `const _ = require("lodash");
      return [_.chunk([1, 2, 3], 2), require("lodash/get")({ a: { b: 1 } }, "a.b")];`,
    returns: [[[1, 2], [3]], 1],
  },
  {
    dependency: "luxon",
    body: `const { DateTime } = require("luxon");
      return DateTime.fromISO("2026-01-01T12:00:00Z").setZone("Asia/Tokyo").toFormat("HH:mm");`,
    returns: "21:00",
  },
  {
    dependency: "moment",
    body: `return require("moment")("2026-01-02").format("dddd");`,
    returns: "Friday",
  },
  {
    dependency: "moment-timezone",
    body: `return require("moment-timezone").tz("2026-01-01T12:00:00Z", "Europe/Berlin").format("HH:mm");`,
    returns: "13:00",
  },
  {
    dependency: "mustache",
    body: `return require("mustache").render("Hi {{name}}", { name: "<Bo>" });`,
    returns: "Hi &lt;Bo&gt;",
  },
  {
    dependency: "nanoid",
    body: `return require("nanoid").nanoid(8).length;`,
    returns: 8,
  },
  {
    dependency: "node-fetch",
    version: "^2",
    body: `const fetch = require("node-fetch");
      const answer = await fetch("https://example.com/f", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: '{"n":1}',
      });
      return (await answer.json()).ok;`,
    returns: true,
    sends: ['POST https://example.com/f {"n":1}'],
  },
  {
    dependency: "openai",
    body: `const OpenAI = require("openai");
      const client = new OpenAI({ apiKey: "k", maxRetries: 0 });
      const made = await client.chat.completions.create({ model: "m", messages: [{ role: "user", content: "hi" }] });
      return made.id;`,
    returns: "x1",
    sends: [
      'POST https://api.openai.com/v1/chat/completions {"model":"m","messages":[{"role":"user","content":"hi"}]}',
    ],
  },
  {
    dependency: "qrcode",
    body: `const QRCode = require("qrcode");
      const png = await QRCode.toBuffer("hi");
      return [png.subarray(1, 4).toString(), (await QRCode.toString("hi", { type: "svg" })).slice(0, 4)];`,
    returns: ["PNG", "<svg"],
  },
  { dependency: "qs", body: `return require("qs").parse("a[b]=1");`, returns: { a: { b: "1" } } },
  {
    dependency: "stripe",
    body: `const stripe = require("stripe")("sk_test_x", { maxNetworkRetries: 0 });
      return (await stripe.customers.create({ email: "a@example.com" })).id;`,
    returns: "x1",
    sends: ["POST https://api.stripe.com/v1/customers email=a%40example.com"],
  },
  { dependency: "tsscmp", body: `return require("tsscmp")("a", "a");`, returns: true },
  {
    dependency: "twilio-flex-token-validator",
    body: `const { validator } = require("twilio-flex-token-validator");
      return (await validator("token", "AC1", "auth")).valid;`,
    returns: true,
    sends: ['POST https://iam.twilio.com/v1/Accounts/AC1/Tokens/validate {"token":"token"}'],
  },
  {
    dependency: "uuid",
    body: `const { v4, validate } = require("uuid");
      return validate(v4());`,
    returns: true,
  },
  {
    dependency: "uuid",
    version: "^8.3.0",
    body: `const { v5 } = require("uuid");
      return v5("a", v5.DNS);`,
    returns: "4f3f2898-69e3-5a0d-820a-c4e87987dbce",
  },
  {
    dependency: "validator",
    body: `return require("validator").isEmail("a@example.com");`,
    returns: true,
  },
  {
    dependency: "xml2js",
    body: `return require("xml2js").parseStringPromise("<a><b>1</b></a>");`,
    returns: { a: { b: ["1"] } },
  },
  {
    dependency: "xmldom",
    body: `const { DOMParser } = require("xmldom");
      return new DOMParser().parseFromString("<a><b>1</b></a>").documentElement.firstChild.textContent;`,
    returns: "1",
  },
  {
    dependency: "zod",
    body: `const { z } = require("zod");
      return z.object({ a: z.coerce.number() }).parse({ a: "1" });`,
    returns: { a: 1 },
  },
  {
    dependency: "zod",
    version: "^3.22.0",
    body: `const { z } = require("zod");
      return z.object({ a: z.coerce.number() }).parse({ a: "1" });`,
    returns: { a: 1 },
  },
];
