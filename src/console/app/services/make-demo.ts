/** A service to look at: a page, TwiML that speaks and plays a chime, and a function that answers. */
import type {
  EnvironmentRepresentation,
  ServiceRepresentation,
  Visibility,
} from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { servicePath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { templateSource } from "../files/function-templates.ts";
import { createFile } from "../files/new-file.ts";
import { telephoneWav } from "../media/telephone-wav.ts";

const PAGE = `<!doctype html>
<html lang="en">
  <title>Ahoy</title>
  <h1>Ahoy from Ringback</h1>
  <audio controls src="/chime.wav"></audio>
</html>
`;

const TWIML = `<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Say>Ahoy. This call is answered by a file.</Say>
  <Play>/chime.wav</Play>
</Response>
`;

/** Samples a second of what a telephone carries. */
const RATE = 8_000;

/** Makes the service and its files, not deployed yet; returns its SID. Throws what the API says. */
export async function makeDemo(): Promise<string> {
  const { sid } = await post<ServiceRepresentation>("/v1/Services", {
    UniqueName: "demo",
    FriendlyName: "Demo",
    UiEditable: true,
  });
  await post<EnvironmentRepresentation>(`${servicePath(sid)}/Environments`, {
    UniqueName: "production",
  });
  const asset = (path: string, content: Blob, visibility: Visibility = "public") =>
    createFile({ kind: "asset", serviceSid: sid, path, visibility, content });
  await asset("/", new Blob([PAGE], { type: "text/html" }));
  await asset("/voice.xml", new Blob([TWIML], { type: "text/xml" }), "protected");
  await asset("/chime.wav", new Blob([telephoneWav(chime(), RATE)], { type: "audio/wav" }));
  await createFile({
    kind: "function",
    serviceSid: sid,
    path: "/hello",
    visibility: "protected",
    content: new Blob([templateSource("voice")]),
  });
  await serviceChanged(sid);
  return sid;
}

/** Two notes that fade, a second and a half. */
function chime(): Float32Array {
  const samples = new Float32Array(RATE * 1.5);
  const note = (start: number, frequency: number) => {
    for (let at = Math.floor(start * RATE); at < samples.length; at++) {
      const time = at / RATE - start;
      const wave = Math.sin(2 * Math.PI * frequency * time);
      samples[at] = (samples[at] as number) + 0.4 * wave * Math.exp(-4 * time);
    }
  };
  note(0, 880);
  note(0.35, 659.25);
  return samples;
}
