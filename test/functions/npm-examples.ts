/** A package of the real registry, and one real call of it. */
export type NpmExample = {
  dependencies: Record<string, string>;
  /** An async function body: what it returns is the answer. `m` is the first dependency. */
  body: string;
  returns: unknown;
  /** What the outside answers, by a part of the URL, a text as it is; all else gets its method and URL back. */
  answers?: Record<string, unknown>;
};

const ACCOUNT = `"AC" + "0".repeat(32)`;
const token = { access_token: "t", expires_in: 3600, token_type: "Bearer" };

/** A new key for those that sign; made where it is needed, since none belongs into a repository. */
const KEY = `require("crypto").generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs8", format: "pem" })`;

export const NPM_EXAMPLES: NpmExample[] = [
  {
    dependencies: { lodash: "^4" },
    body: `return m.groupBy([1.2, 1.4, 2], Math.floor);`,
    returns: { 1: [1.2, 1.4], 2: [2] },
  },
  {
    dependencies: { axios: "^1" },
    body: `return (await m.post("https://api.example.com/x", { a: 1 }, { timeout: 5000 })).data;`,
    returns: { method: "POST", url: "https://api.example.com/x" },
  },
  {
    dependencies: { twilio: "^5", axios: "^1", lodash: "^4" },
    body: `const message = await m(${ACCOUNT}, "x").messages.create({ to: "+1", from: "+2", body: "hi" });
      return [message.sid, typeof require("axios").get, require("lodash").chunk([1, 2], 1)];`,
    answers: { "Messages.json": { sid: "SM123" } },
    returns: ["SM123", "function", [[1], [2]]],
  },
  {
    dependencies: { "moment-timezone": "*" },
    body: `return m.tz("2026-06-01 12:00", "America/New_York").format();`,
    returns: "2026-06-01T12:00:00-04:00",
  },
  {
    dependencies: { googleapis: "latest" },
    body: `const { google } = m;
      const sheets = google.sheets({ version: "v4", auth: "KEY" });
      return (await sheets.spreadsheets.values.get({ spreadsheetId: "s", range: "A1" })).data;`,
    answers: { "spreadsheets/s/values": { values: [["cell"]] } },
    returns: { values: [["cell"]] },
  },
  {
    dependencies: { "aws-sdk": "^2" },
    body: `const s3 = new m.S3({ region: "us-east-1", accessKeyId: "a", secretAccessKey: "b" });
      return (await s3.listBuckets().promise()).Buckets.map(({ Name }) => Name);`,
    answers: {
      "amazonaws.com":
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>b1</Name></Bucket></Buckets></ListAllMyBucketsResult>",
    },
    returns: ["b1"],
  },
  {
    dependencies: { "@aws-sdk/client-s3": "^3" },
    body: `const { S3Client, PutObjectCommand } = m;
      const client = new S3Client({ region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } });
      const answer = await client.send(new PutObjectCommand({ Bucket: "b", Key: "k", Body: "x" }));
      return answer.$metadata.httpStatusCode;`,
    returns: 200,
  },
  {
    dependencies: { mysql2: "*" },
    body: `return require("mysql2").format("SELECT ?", ["x'y"]);`,
    returns: "SELECT 'x\\'y'",
  },
  { dependencies: { pg: "*" }, body: `return m.escapeLiteral("a'b");`, returns: "'a''b'" },
  {
    dependencies: { mongodb: "*" },
    body: `return new m.ObjectId("0123456789abcdef01234567").toHexString();`,
    returns: "0123456789abcdef01234567",
  },
  {
    dependencies: { "firebase-admin": "*" },
    body: `const { initializeApp, cert } = require("firebase-admin/app");
      const { getAuth } = require("firebase-admin/auth");
      initializeApp({ credential: cert({ projectId: "p", clientEmail: "a@b.c", privateKey: ${KEY} }) });
      const token = await getAuth().createCustomToken("u1");
      return [token.split(".").length, (await getAuth().getUser("u1")).uid];`,
    answers: { "/token": token, "accounts:lookup": { users: [{ localId: "u1" }] } },
    returns: [3, "u1"],
  },
  {
    dependencies: { nodemailer: "*" },
    body: `const mail = { from: "a@b.c", to: "d@e.f", subject: "s", text: "t" };
      return JSON.parse((await m.createTransport({ jsonTransport: true }).sendMail(mail)).message).subject;`,
    returns: "s",
  },
  {
    dependencies: { openai: "*" },
    body: `const client = new m({ apiKey: "k" });
      const messages = [{ role: "user", content: "hi" }];
      return (await client.chat.completions.create({ model: "m", messages })).choices[0].message.content;`,
    answers: {
      "chat/completions": { choices: [{ message: { role: "assistant", content: "hello" } }] },
    },
    returns: "hello",
  },
  {
    dependencies: { "@langchain/core": "*" },
    body: `const { PromptTemplate } = require("@langchain/core/prompts");
      return PromptTemplate.fromTemplate("Hi {name}").format({ name: "Ann" });`,
    returns: "Hi Ann",
  },
  {
    dependencies: { langchain: "*" },
    body: `const { tool, createAgent } = m;
      const schema = { type: "object", properties: { q: { type: "string" } } };
      const got = tool(async ({ q }) => "got " + q, { name: "x", description: "d", schema });
      return [await got.invoke({ q: "1" }), typeof createAgent];`,
    returns: ["got 1", "function"],
  },
  {
    dependencies: { "ical-generator": "*" },
    body: `const calendar = m.default({ name: "n" });
      calendar.createEvent({ start: new Date(0), summary: "s" });
      return calendar.toString().split("\\r\\n")[0];`,
    returns: "BEGIN:VCALENDAR",
  },
  {
    dependencies: { pdfkit: "*" },
    body: `const document = new m();
      const chunks = [];
      document.on("data", (chunk) => chunks.push(chunk));
      const end = new Promise((resolve) => document.on("end", resolve));
      document.text("Hello");
      document.end();
      await end;
      return Buffer.concat(chunks).subarray(0, 5).toString();`,
    returns: "%PDF-",
  },
  {
    dependencies: { got: "^14" },
    body: `return m.default.post("https://api.example.com/x", { json: { a: 1 } }).json();`,
    returns: { method: "POST", url: "https://api.example.com/x" },
  },
  {
    dependencies: { "node-fetch": "^3" },
    body: `const { default: fetch } = await import("node-fetch");
      return (await fetch("https://api.example.com/x", { method: "POST", body: "b" })).json();`,
    returns: { method: "POST", url: "https://api.example.com/x" },
  },
  { dependencies: { nanoid: "^5" }, body: `return m.nanoid().length;`, returns: 21 },
  {
    dependencies: { "twilio-flex-token-validator": "*" },
    body: `return (await m.validator("token", "AC1", "x")).valid;`,
    answers: { "Tokens/validate": { valid: true } },
    returns: true,
  },
  {
    dependencies: { xlsx: "*" },
    body: `const book = m.utils.book_new();
      m.utils.book_append_sheet(book, m.utils.json_to_sheet([{ a: 1 }]), "s");
      return m.utils.sheet_to_json(m.read(m.write(book, { type: "buffer" })).Sheets.s);`,
    returns: [{ a: 1 }],
  },
  {
    dependencies: { express: "^5" },
    body: `const http = require("http");
      const app = m();
      app.get("/x", (request, response) => response.json({ ok: 1 }));
      const request = Object.assign(new http.IncomingMessage({}), { method: "GET", url: "/x" });
      return new Promise((resolve, reject) => {
        const response = new http.ServerResponse(request);
        response.end = (body) => resolve(JSON.parse(String(body)));
        app(request, response, reject);
      });`,
    returns: { ok: 1 },
  },
  {
    dependencies: { stripe: "^8.222.0" },
    body: `const stripe = m("sk_test_x");
      const payload = JSON.stringify({ id: "evt_1", object: "event" });
      const header = stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec_test" });
      const { id } = stripe.webhooks.constructEvent(payload, header, "whsec_test");
      return [id, (await stripe.customers.create({ email: "a@example.com" })).method];`,
    returns: ["evt_1", "POST"],
  },
  {
    dependencies: { openai: "^4.20.0" },
    body: `const client = new m({ apiKey: "k" });
      const run = await client.beta.threads.runs.retrieve("thread_1", "run_1");
      const gone = await client.beta.threads.del("thread_1");
      return [run.method, run.url, gone.method, gone.url];`,
    returns: [
      ...["GET", "https://api.openai.com/v1/threads/thread_1/runs/run_1"],
      ...["DELETE", "https://api.openai.com/v1/threads/thread_1"],
    ],
  },
  {
    dependencies: { uuid: "^3.4.0" },
    body: `return [m().length, require("uuid/v4")().length];`,
    returns: [36, 36],
  },
  {
    dependencies: { twilio: "^3.84.1" },
    body: `const { AccessToken } = m.jwt;
      const token = new AccessToken(${ACCOUNT}, "SK1", "secret");
      token.identity = "bob";
      token.addGrant(new AccessToken.VoiceGrant({ outgoingApplicationSid: "AP1" }));
      return JSON.parse(atob(token.toJwt().split(".")[1])).grants;`,
    returns: { identity: "bob", voice: { outgoing: { application_sid: "AP1" } } },
  },
  {
    dependencies: {
      ...{
        lodash: "^4",
        moment: "^2",
        "date-fns": "^2",
        "crypto-js": "^4",
        nanoid: "^3",
        twilio: "^5",
      },
      ...{ axios: "^1", joi: "^17", "moment-timezone": "^0.5", xml2js: "^0.6", bcryptjs: "^2" },
      "@sendgrid/mail": "^8",
    },
    body: `return [
        typeof require("lodash/fp").map,
        require("moment/locale/fr") && require("moment").locale(),
        typeof require("date-fns/locale").fr,
        String(require("crypto-js/sha256")("a")).length,
        typeof require("nanoid/async").nanoid,
        require("twilio/package.json").name,
        require("axios/package.json").name,
        require("joi/package.json").name,
        typeof require("moment-timezone/builds/moment-timezone-with-data").tz,
        typeof require("xml2js/lib/parser").Parser,
        typeof require("bcryptjs/dist/bcrypt").hashSync,
        typeof require("@sendgrid/client").request,
      ];`,
    returns: [
      ...["function", "fr", "object", 64, "function", "twilio", "axios", "joi"],
      ...["function", "function", "function", "function"],
    ],
  },
  {
    dependencies: { twilio: "^5.3.0" },
    body: `return [
        ...[require("axios"), require("qs"), require("dayjs"), require("jsonwebtoken")],
        ...[require("xmlbuilder"), require("https-proxy-agent"), require("scmp")],
      ].map((found) => typeof found);`,
    returns: ["function", "object", "function", "object", "object", "function", "function"],
  },
  {
    dependencies: {
      "@twilio-labs/serverless-runtime-types": "^2.1.0",
      ...{ "@twilio/runtime-handler": "1.2.3", twilio: "^3.56" },
    },
    body: `return Object.keys(require("@twilio-labs/serverless-runtime-types"));`,
    returns: [],
  },
  {
    dependencies: { handlebars: "*", ejs: "*", ajv: "*", nunjucks: "*" },
    body: `const check = new (require("ajv").default)().compile({ type: "object", required: ["a"] });
      return [
        m.compile("{{#each l}}{{n}},{{/each}}")({ l: [{ n: "<a>" }, { n: "b" }] }),
        require("ejs").render("<% for (const n of l) { %><%= n %>,<% } %>", { l: ["<a>", "b"] }),
        require("nunjucks").renderString("{% for n in l %}{{ n }},{% endfor %}", { l: ["<a>", "b"] }),
        ...[check({}), check.errors[0].message],
      ];`,
    returns: [
      ...["&lt;a&gt;,b,", "&lt;a&gt;,b,", "&lt;a&gt;,b,"],
      ...[false, "must have required property 'a'"],
    ],
  },
  {
    dependencies: { moment: "^2", "i18n-iso-countries": "*" },
    body: `m.locale("fr");
      const countries = require("i18n-iso-countries");
      const language = ["d", "e"].join("");
      countries.registerLocale(require("i18n-iso-countries/langs/" + language + ".json"));
      return [m(0).utc().format("dddd"), countries.getName("FR", "de"), countries.isValid("FR")];`,
    returns: ["jeudi", "Frankreich", true],
  },
  {
    dependencies: { twilio: "^4" },
    body: `const client = m(${ACCOUNT}, "x");
      const { sid } = await client.messages.create({ to: "+1", from: "+2", body: "hi" });
      return [sid, m.validateRequest("t", "s", "https://a.example/", {}), require("twilio/package.json").version[0]];`,
    answers: { "Messages.json": { sid: "SM4" } },
    returns: ["SM4", false, "4"],
  },
  {
    dependencies: { twilio: "^6" },
    body: `const client = m(${ACCOUNT}, "x");
      const { sid } = await client.messages.create({ to: "+1", from: "+2", body: "hi" });
      const { AccessToken } = m.jwt;
      const token = new AccessToken(${ACCOUNT}, "SK1", "secret", { identity: "bob" });
      token.addGrant(new AccessToken.ChatGrant({ serviceSid: "IS1" }));
      const { grants } = JSON.parse(atob(token.toJwt().split(".")[1]));
      return [sid, grants, require("twilio/package.json").version[0]];`,
    answers: { "Messages.json": { sid: "SM6" } },
    returns: ["SM6", { identity: "bob", chat: { service_sid: "IS1" } }, "6"],
  },
  {
    dependencies: { "@twilio/flex-sdk": "*" },
    // Its client needs a browser's window, in Node too.
    body: `return [typeof new m.AcceptTask("WR1").run, typeof m.createClient];`,
    returns: ["function", "function"],
  },
  {
    dependencies: { "@twilio/mcs-client": "*" },
    body: `const client = new m.Client("token", "https://mcs.example.com/v1/Services/IS1", null);
      return (await client.get("ME1")).sid;`,
    answers: { ME1: { sid: "ME1", links: {}, url: "https://mcs.example.com/x" } },
    returns: "ME1",
  },
  {
    dependencies: { protobufjs: "*" },
    body: `const proto = 'syntax = "proto3"; message M { string a = 1; repeated int32 b = 2; }';
      const type = m.parse(proto).root.lookupType("M");
      return type.toObject(type.decode(type.encode({ a: "x", b: [1, 2] }).finish()));`,
    returns: { a: "x", b: [1, 2] },
  },
  {
    dependencies: { "@google-cloud/dialogflow-cx": "*" },
    body: `const client = new m.SessionsClient({ fallback: true, projectId: "p" });
      return client.projectLocationAgentSessionPath("p", "l", "a", "s");`,
    returns: "projects/p/locations/l/agents/a/sessions/s",
  },
  {
    dependencies: { mongoose: "*", sequelize: "*", pg: "*" },
    body: `const Thing = m.model("Thing", new m.Schema({ a: { type: Number, required: true } }));
      const { Sequelize, DataTypes } = require("sequelize");
      const database = new Sequelize("postgres://u:p@db.example/d", { logging: false });
      return [
        ...[new Thing({ a: "1" }).a, new Thing({}).validateSync().errors.a.kind],
        database.define("T", { a: DataTypes.STRING }).build({ a: "x" }).a,
      ];`,
    returns: [1, "required", "x"],
  },
  {
    dependencies: { jsforce: "*", jsonpath: "*" },
    body: `const { Connection } = m;
      const made = new Connection({ instanceUrl: "https://x.my.salesforce.com", accessToken: "t" });
      const { method, url } = await made.request("/services/data");
      return [method, url, require("jsonpath").query({ a: [{ b: 1 }] }, "$.a[*].b")];`,
    returns: ["GET", "https://x.my.salesforce.com/services/data", [1]],
  },
];
