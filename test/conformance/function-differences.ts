/**
 * Where a function's answer differs from that of Twilio's emulator, on purpose or of necessity: every
 * case of data/function-edge-cases.json is answered identically or stands here;
 * docs/compatibility.md says the same.
 */
export type Difference = {
  /** `<function path> <request id>`, as in the data. */
  cases: string[];
  /** What the emulator does. */
  emulator: string;
  /** What Ringback does. */
  ringback: string;
  reason: string;
  answer: { status: number; headers: Record<string, string>; body: string };
};

const REQUESTS = ["get", "get-query", "post-voice", "post-json"];
const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const TEXT = { "content-type": "text/plain; charset=utf-8" };
const REFUSED_BODY = {
  "content-security-policy": "default-src 'none'",
  "content-type": "text/html; charset=utf-8",
  "x-content-type-options": "nosniff",
};

function all(path: string): string[] {
  return REQUESTS.map((request) => `${path} ${request}`);
}

function refusedBody(line: string): string {
  return [
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>',
    `<body>\n<pre>${line}</pre>\n</body>\n</html>\n`,
  ].join("\n");
}

export const DIFFERENCES: Difference[] = [
  {
    cases: [...all("/never"), ...all("/async-return")],
    emulator: "never answers a function that never calls back",
    ringback: "answers 504 after ten seconds",
    reason: "Twilio's platform does; what an async handler returns counts for nothing there too.",
    answer: {
      status: 504,
      headers: { "content-type": "text/plain" },
      body: "Runtime application timed out.",
    },
  },
  {
    cases: all("/cb-number"),
    emulator: "dies of a result that is a number and no HTTP status",
    ringback: "answers the number as JSON",
    reason: "A number is a JSON value like any other; one that is a status is sent as the status.",
    answer: { status: 200, headers: JSON_TYPE, body: "42" },
  },
  {
    cases: ["/cb-then-throw get-query", "/cb-then-throw post-json"].concat(
      "/cb-twice get-query",
      "/cb-twice post-json",
    ),
    emulator: "dies, at times, of a second callback or an error after the first",
    ringback: "answers with the first result and logs what came later",
    reason: "What the emulator does the other times.",
    answer: { status: 200, headers: TEXT, body: "one" },
  },
  {
    cases: ["/err-error browser"],
    emulator: "shows a browser a page with the file's path, a stack and a style sheet",
    ringback: "shows a browser a page with the error's name and message",
    reason: "Stacks and file names are for the deployment's owner: they stand in the logs.",
    answer: {
      status: 500,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: [
        '<!DOCTYPE html>\n<html lang="en">\n<title>Runtime Error</title>\n<h1>Runtime Error</h1>',
        "<p><strong>TypeError:</strong> bad</p>\n</html>\n",
      ].join("\n"),
    },
  },
  {
    cases: ["/event-echo form-latin1"],
    emulator: "adds stack frames to the page for a body it cannot read",
    ringback: "shows the same page without them",
    reason: "The frames are of the platform's own files.",
    answer: {
      status: 415,
      headers: REFUSED_BODY,
      body: refusedBody("UnsupportedMediaTypeError: unsupported charset &quot;ISO-8859-1&quot;"),
    },
  },
  {
    cases: ["/event-echo json-utf16"],
    emulator: "adds stack frames to the page for a body it cannot read",
    ringback: "shows the same page without them",
    reason: "The frames are of the platform's own files.",
    answer: {
      status: 415,
      headers: REFUSED_BODY,
      body: refusedBody("UnsupportedMediaTypeError: unsupported charset &quot;LATIN1&quot;"),
    },
  },
  {
    cases: ["/event-echo json-scalar"],
    emulator: "adds stack frames to the page for a body it cannot read",
    ringback: "shows the same page without them",
    reason: "The frames are of the platform's own files.",
    answer: {
      status: 400,
      headers: REFUSED_BODY,
      body: refusedBody(
        "SyntaxError: Unexpected token &#39;5&#39;, &quot;5&quot; is not valid JSON",
      ),
    },
  },
  {
    cases: ["/event-echo json-bad"],
    emulator: "adds stack frames to the page for a body it cannot read",
    ringback: "shows the same page without them; the message has the line and column too",
    reason: "The frames are of the platform's own files; the words are those of a newer V8.",
    answer: {
      status: 400,
      headers: REFUSED_BODY,
      body: refusedBody(
        "SyntaxError: Expected property name or &#39;}&#39; in JSON at position 1 (line 1 column 2)",
      ),
    },
  },
  {
    cases: ["/event-echo options"],
    emulator: "answers OPTIONS without Allow",
    ringback: "answers the same with Allow",
    reason: "RFC 9110 asks for it (9.3.7); browsers do not look at it.",
    answer: {
      status: 204,
      headers: {
        allow: "GET, POST, OPTIONS",
        "access-control-allow-origin": "*",
        "access-control-allow-headers":
          "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, User-Agent",
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-expose-headers": "ETag",
        "access-control-max-age": "86400",
        "access-control-allow-credentials": "true",
        "content-type": "text/plain; charset=UTF-8",
      },
      body: "",
    },
  },
  ...["put", "delete", "patch", "head"].map((method) => ({
    cases: [`/event-echo ${method}`],
    emulator: "runs a function for PUT, PATCH, DELETE and HEAD too",
    ringback: "answers 405 with Allow",
    reason: "Twilio's platform has GET, POST and OPTIONS alone.",
    answer: {
      status: 405,
      headers: {
        "access-control-allow-origin": "*",
        allow: "GET, POST, OPTIONS",
        "content-type": "text/plain; charset=utf-8",
        "x-content-type-options": "nosniff",
      },
      body:
        method === "head"
          ? ""
          : "405 Method Not Allowed\nFunctions answer GET, POST and OPTIONS.\nRequest: <id>\n",
    },
  })),
  {
    cases: ["/event-echo get-body"],
    emulator: "reads the body of a GET",
    ringback: "does not",
    reason: "It has no meaning (RFC 9110, 9.3.1), and no signature is made over it.",
    answer: {
      status: 200,
      headers: JSON_TYPE,
      body: '{"request":{"headers":{"content-type":"application/json"},"cookies":{}}}',
    },
  },
  ...["get-query", "post-voice", "post-json"].map((request, index) => ({
    cases: [`/module-state ${request}`],
    emulator: "starts a process for every request: module state never lasts",
    ringback: "keeps module state between requests while an instance lives",
    reason: "So does Twilio's platform. Nothing may rely on it, here or there.",
    answer: { status: 200, headers: TEXT, body: `${index + 2}` },
  })),
];

/** The case whose source is no JavaScript: here its build fails, so that there is nothing to call. */
export const REFUSED_AT_BUILD = {
  file: "syntax.js",
  emulator: "answers 500 to every call of a function whose source has a syntax error",
  ringback: "fails the build and names the file and the line",
  reason: "An error that is found before it is deployed reaches nobody's phone call.",
};
