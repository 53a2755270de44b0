import document from "../conformance/data/twilio_serverless_v1.json";

/** The subset of JSON Schema that Twilio's OpenAPI document uses. */
export type Schema = {
  $ref?: string;
  type?: "object" | "array" | "string" | "integer" | "boolean";
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  enum?: string[];
  nullable?: boolean;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  format?: string;
  title?: string;
  description?: string;
};

export type Parameter = { name: string; in: "path" | "query"; required?: boolean; schema: Schema };

export type Operation = {
  id: string;
  method: "GET" | "POST" | "DELETE";
  /** With its `{…}` parameters, after `/v1`. */
  path: string;
  parameters: Parameter[];
  /** The form's schema; null where the operation takes none. */
  form: Schema | null;
  status: number;
  /** The answer's schema; null where there is no body. */
  answer: Schema | null;
};

/** Every operation of the document. */
export function operations(): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (["get", "post", "delete"] as const).flatMap((method) => {
      // biome-ignore lint/suspicious/noExplicitAny: read as the document's own shape.
      const operation = (item as any)[method];
      if (!operation) return [];
      const [status, response] = Object.entries(operation.responses)[0] as [
        string,
        { content?: Record<string, { schema: Schema }> },
      ];
      return {
        id: operation.operationId,
        method: method.toUpperCase() as Operation["method"],
        path: path.replace(/^\/v1/, ""),
        parameters: operation.parameters ?? [],
        form: operation.requestBody?.content["application/x-www-form-urlencoded"]?.schema ?? null,
        status: Number(status),
        answer: response.content?.["application/json"]?.schema ?? null,
      };
    }),
  );
}

const KEYWORDS = new Set(
  "$ref type properties items required enum nullable pattern minLength maxLength format title \
description x-twilio".split(" "),
);

/**
 * Returns what is wrong with `value` by `schema`. Stricter than the document, whose fields are all
 * optional: each property must be there, and none beside them but those that `extra` names
 * ("build.errors": the schema's last name and the property).
 */
export function violations(
  value: unknown,
  schema: Schema,
  extra: ReadonlySet<string> = new Set(),
  at = "$",
  name = "",
): string[] {
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) return [`${at}: the schema's ${keyword} is not understood`];
  }
  if (schema.$ref) {
    const referenced = schema.$ref.replace("#/components/schemas/", "");
    const target = (document.components.schemas as Record<string, unknown>)[referenced] as Schema;
    const last = referenced.split(".").at(-1) as string;
    return violations(value, target, extra, at, last);
  }
  if (value === null) return schema.nullable ? [] : [`${at}: null`];
  switch (schema.type) {
    case "array":
      if (!Array.isArray(value)) return [`${at}: no array`];
      return value.flatMap((item, index) =>
        violations(item, schema.items ?? {}, extra, `${at}[${index}]`),
      );
    case "string":
      return typeof value === "string" ? textViolations(value, schema, at) : [`${at}: no string`];
    case "integer":
      return Number.isInteger(value) ? [] : [`${at}: no integer`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${at}: no boolean`];
    case "object":
      return objectViolations(value, schema, extra, at, name);
    case undefined:
      return [];
    default:
      return [`${at}: the schema's type ${schema.type satisfies never} is not understood`];
  }
}

function textViolations(value: string, schema: Schema, at: string): string[] {
  const wrong: string[] = [];
  if (schema.pattern && !new RegExp(schema.pattern).test(value)) wrong.push(`${at}: ${value}`);
  if (schema.minLength && value.length < schema.minLength) wrong.push(`${at}: too short`);
  if (schema.maxLength && value.length > schema.maxLength) wrong.push(`${at}: too long`);
  if (schema.enum && !schema.enum.includes(value)) wrong.push(`${at}: ${value} of no enum`);
  if (schema.format === "date-time" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) {
    wrong.push(`${at}: ${value} is no date and time`);
  }
  if (schema.format === "uri" && !isUrl(value)) wrong.push(`${at}: ${value} is no URL`);
  return wrong;
}

function objectViolations(
  value: unknown,
  schema: Schema,
  extra: ReadonlySet<string>,
  at: string,
  name: string,
): string[] {
  if (typeof value !== "object" || Array.isArray(value)) return [`${at}: no object`];
  const fields = value as Record<string, unknown>;
  if (schema.format === "uri-map") {
    return Object.entries(fields).flatMap(([key, url]) =>
      isUrl(url) ? [] : [`${at}.${key}: no URL`],
    );
  }
  const properties = schema.properties ?? {};
  const unknown = Object.keys(fields)
    .filter((key) => !(key in properties) && !extra.has(`${name}.${key}`))
    .map((key) => `${at}.${key}: not in the document`);
  const known = Object.entries(properties).flatMap(([key, property]) =>
    key in fields
      ? violations(fields[key], property, extra, `${at}.${key}`)
      : [`${at}.${key}: missing`],
  );
  return [...unknown, ...known];
}

function isUrl(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("http") && URL.canParse(value);
}
