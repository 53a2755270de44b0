import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { badCases, type Worlds } from "./bad-input-cases.ts";
import { type Answer, addAccount, callWith } from "./client.ts";
import { operations } from "./openapi-document.ts";
import { createWorld, fillPath } from "./openapi-world.ts";

/** The cases are more than an account may make calls in ten seconds. */
const unlimited = { API_RATE_LIMIT: { limit: async () => ({ success: true }) } };

let worlds: Worlds;
beforeAll(async () => {
  worlds = {
    own: await createWorld("own", await addAccount("own")),
    other: await createWorld("other", await addAccount("other")),
  };
});

describe("bad input", () => {
  it.for(operations())("to $id is a 4xx, and nothing is written", async (operation) => {
    const path = fillPath(operation.path, worlds.own);
    if (path === null) throw new Error("the world has no such resource");
    const before = await everyRow();
    const accepted: string[] = [];
    for (const { name, request } of badCases(operation, path, worlds)) {
      const answer = await callWith(unlimited, request);
      if (!isClientError(answer)) accepted.push(`${name}: ${answer.status} ${answer.text}`);
    }
    expect(accepted).toEqual([]);
    expect(await everyRow()).toBe(before);
  });

  it("is made for every operation there is", () => {
    const counts = operations().map((operation) => {
      const path = fillPath(operation.path, worlds.own);
      return path === null ? 0 : badCases(operation, path, worlds).length;
    });
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(400);
  });
});

/** Every row of every table, to compare before and after. */
async function everyRow(): Promise<string> {
  const { results: tables } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table'
     AND substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, 4) <> '_cf_'`,
  ).all<{ name: string }>();
  expect(tables.map(({ name }) => name)).toContain("services");
  const rows = await env.DB.batch(
    tables.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`)),
  );
  return JSON.stringify(rows.map(({ results }) => results));
}

/** Whether an answer is a 4xx in Twilio's shape (contract 1.5). */
function isClientError({ status, body }: Answer): boolean {
  return (
    status >= 400 &&
    status < 500 &&
    Object.keys(body ?? {}).join() === "code,message,more_info,status" &&
    Number.isInteger(body.code) &&
    typeof body.message === "string" &&
    body.more_info === `https://www.twilio.com/docs/errors/${body.code}` &&
    body.status === status
  );
}
