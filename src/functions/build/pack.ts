import { packageHeader } from "../../contract/package-format.ts";
import type { Bucket } from "./bucket.ts";
import type { CheckedSources, Laid } from "./protocol.ts";
import { Refusal, Unavailable } from "./refusal.ts";

/** Writes a build's package: its header, then the bytes of its files as they were uploaded. */
export async function writePackage(
  bucket: Bucket,
  key: string,
  { files, prebuilt }: CheckedSources,
  { closure }: Laid,
): Promise<void> {
  const named = (folder: string) =>
    Object.fromEntries(
      files.filter(({ name }) => name.startsWith(folder)).map(({ path, name }) => [path, name]),
    );
  const header = packageHeader({
    functions: named("functions/"),
    assets: named("assets/"),
    files: files.map(({ name, size, script, module, wasm }) => ({
      ...{ name, size, script },
      ...(module && { module }),
      ...(wasm && { wasm }),
    })),
    libraries: prebuilt,
    closure,
  });
  const size = files.reduce((sum, file) => sum + file.size, header.byteLength);
  await bucket.putPieces(key, size, contents(bucket, header, files));
}

async function* contents(
  bucket: Bucket,
  header: Uint8Array,
  files: CheckedSources["files"],
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const { key, size, path } of files) {
    const bytes = await bucket.get(key);
    if (bytes === null) throw new Refusal(`${path}: its bytes are missing: upload it again`);
    if (bytes.byteLength !== size) throw new Unavailable(`${path} broke off`);
    yield bytes;
  }
}
