import { expect, it } from "vitest";
import { iconOf } from "../../src/console/app/files/file-icon.ts";

it.each([
  ["audio/mpeg", "music"],
  ["image/svg+xml", "image"],
  ["video/mp4", "video"],
  ["text/xml; charset=utf-8", "code"],
  ["application/json", "code"],
  ["application/atom+xml", "code"],
  ["text/plain", "file"],
  ["application/pdf", "file"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "file"],
])("an asset of %s is shown as %s", (content_type, icon) =>
  expect(iconOf({ kind: "asset", content_type })).toBe(icon),
);
