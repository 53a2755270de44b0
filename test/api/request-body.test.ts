import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { answerBeforeBody, openBody } from "../../src/api/request-body.ts";
import { CLIENT_PACE } from "../../src/contract/pace.ts";

describe("an answer before the body has come", () => {
  it("is whole, and ends, where the client goes away behind it", async () => {
    const body = new ReadableStream({
      type: "bytes",
      pull: (controller) => controller.error(new Error("gone")),
    });
    const request = new Request("http://localhost/", { method: "POST", body });
    const ctx = createExecutionContext();
    const answer = await answerBeforeBody(
      new Response("refused"),
      openBody(request, CLIENT_PACE),
      ctx,
    );
    expect(await answer.text()).toBe("refused");
    await waitOnExecutionContext(ctx);
  });
});
