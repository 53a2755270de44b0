import type {
  AssetVersionRepresentation,
  FunctionVersionRepresentation,
  Visibility,
} from "../../../api/representations.ts";
import { assetFile, type FileKind, type FileVersion, functionFile } from "../files/file-version.ts";
import {
  basicAuthorization,
  currentSession,
  renewedSession,
  SignedOut,
} from "../session/session.ts";
import { ApiFailure, ConnectionLost } from "./failures.ts";
import { filesPath } from "./queries.ts";

export type NewVersion = {
  kind: FileKind;
  serviceSid: string;
  fileSid: string;
  path: string;
  visibility: Visibility;
  content: Blob;
};

/**
 * Uploads a version of a file; `onProgress` hears how many bytes of the content are sent. After 401
 * it waits for the person to sign in again. Throws ApiFailure, ConnectionLost, SignedOut, or the
 * signal's reason.
 */
export async function uploadVersion(
  version: NewVersion,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<FileVersion> {
  for (;;) {
    const session = currentSession();
    if (session.state === "signed-out") throw new SignedOut();
    const authorization = basicAuthorization(session.credentials);
    try {
      return await sendVersion(version, authorization, onProgress, signal);
    } catch (error) {
      if (!(error instanceof ApiFailure && error.status === 401)) throw error;
      onProgress(0);
      await renewedSession(session.credentials);
    }
  }
}

/** XMLHttpRequest, since fetch does not tell how much of a body is sent. */
function sendVersion(
  { kind, serviceSid, fileSid, path, visibility, content }: NewVersion,
  authorization: string,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<FileVersion> {
  // Twilio's order of the parts (contract 1.6). The path says the name; the part's own is for form's sake.
  const form = new FormData();
  form.append("Path", path);
  form.append("Visibility", visibility);
  form.append("Content", content, "content");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", `${filesPath(serviceSid, kind)}/${fileSid}/Versions`);
    request.setRequestHeader("Authorization", authorization);
    request.upload.onprogress = ({ loaded }) => onProgress(Math.min(loaded, content.size));
    request.onload = () => {
      if (request.status === 201) resolve(versionOf(kind, JSON.parse(request.responseText)));
      else {
        const header = (name: string) => request.getResponseHeader(name);
        reject(new ApiFailure(request.status, request.responseText, header));
      }
    };
    request.onerror = () => reject(new ConnectionLost());
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", abort);
    request.send(form);
  });
}

function versionOf(kind: FileKind, answer: unknown): FileVersion {
  return kind === "asset"
    ? assetFile(answer as AssetVersionRepresentation)
    : functionFile(answer as FunctionVersionRepresentation);
}
