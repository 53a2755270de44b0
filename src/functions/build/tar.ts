/**
 * A file of a tar archive. Its bytes are good until the next entry is asked for: they are a view of
 * the chunk they came in, or of one buffer in which larger ones are put together.
 */
export type TarEntry = {
  name: string;
  size: number;
  /** `file`; `link` is a hard or symbolic one; `other` is a folder, a device or the like. */
  type: "file" | "link" | "other";
  bytes(): Promise<Uint8Array>;
};

/** What is wrong with an archive that is none. */
export class DamagedArchive extends Error {}

const BLOCK = 512;
/** Of the records that name the entry after them. */
const MAX_RECORDS = 64 * 1024;
const decoder = new TextDecoder();

/**
 * Reads a tar stream entry by entry: ustar names of up to 255 bytes, longer ones by PAX or GNU
 * records. Throws DamagedArchive for what is no such archive, or ends within an entry.
 */
export async function* tarEntries(stream: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(stream);
  let longName: string | null = null;
  for (;;) {
    const header = await reader.take(BLOCK);
    if (header === null) return;
    // The end; who packed it waits until all is read.
    if (header[0] === 0) return reader.drain();
    if (!checksumFits(header)) throw new DamagedArchive("a header's checksum is wrong");
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156] as number);
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x" || type === "L") {
      if (size > MAX_RECORDS) throw new DamagedArchive("a name in it is too long");
      const text = decoder.decode((await reader.whole(padded)).subarray(0, size));
      longName = type === "L" ? text.replace(/\0.*$/s, "") : (paxPath(text) ?? longName);
      continue;
    }
    if (type === "g") {
      await reader.skip(padded);
      continue;
    }
    const name = longName ?? ustarName(header);
    longName = null;
    let taken = false;
    yield {
      name,
      size,
      type: ["0", "\x00", "7"].includes(type)
        ? "file"
        : ["1", "2"].includes(type)
          ? "link"
          : "other",
      async bytes() {
        taken = true;
        return (await reader.whole(padded)).subarray(0, size);
      },
    };
    if (!taken) await reader.skip(padded);
  }
}

class BlockReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk = new Uint8Array();
  #scratch = new Uint8Array(64 * 1024);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  async whole(size: number): Promise<Uint8Array> {
    const bytes = await this.take(size);
    if (bytes === null) throw new DamagedArchive("it ends early");
    return bytes;
  }

  /** Exactly `size` bytes; null at the end. */
  async take(size: number): Promise<Uint8Array | null> {
    if (size <= this.#chunk.byteLength) {
      const bytes = this.#chunk.subarray(0, size);
      this.#chunk = this.#chunk.subarray(size);
      return bytes;
    }
    if (size > this.#scratch.byteLength) {
      this.#scratch = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(size, 1024 * 1024))));
    }
    const bytes = this.#scratch.subarray(0, size);
    let filled = 0;
    for (;;) {
      const part = this.#chunk.subarray(0, size - filled);
      bytes.set(part, filled);
      filled += part.byteLength;
      this.#chunk = this.#chunk.subarray(part.byteLength);
      if (filled === size) return bytes;
      if (await this.#next()) continue;
      if (filled === 0) return null;
      throw new DamagedArchive("it ends early");
    }
  }

  async drain(): Promise<void> {
    while (await this.#next());
  }

  async skip(size: number): Promise<void> {
    for (let rest = size; ; ) {
      const part = Math.min(rest, this.#chunk.byteLength);
      this.#chunk = this.#chunk.subarray(part);
      rest -= part;
      if (rest === 0) return;
      if (!(await this.#next())) throw new DamagedArchive("it ends early");
    }
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#chunk = value as Uint8Array<ArrayBuffer>;
    return true;
  }
}

function ustarName(header: Uint8Array): string {
  const name = text(header, 0, 100);
  const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function text(block: Uint8Array, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  const stop = end === -1 || end > offset + length ? offset + length : end;
  return decoder.decode(block.subarray(offset, stop));
}

function octal(block: Uint8Array, offset: number, length: number): number {
  // GNU's way of writing what eleven octal digits cannot.
  if ((block[offset] as number) & 0x80) throw new DamagedArchive("a file has more than 8 GB");
  const digits = text(block, offset, length).trim() || "0";
  if (!/^[0-7]+$/.test(digits)) throw new DamagedArchive("a size is no number");
  return Number.parseInt(digits, 8);
}

function checksumFits(block: Uint8Array): boolean {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at >= 148 && at < 156 ? 32 : (block[at] as number);
  return sum === octal(block, 148, 8);
}

function paxPath(records: string): string | null {
  let found: string | null = null;
  for (const line of records.split("\n")) {
    const path = /^\d+ path=(.*)$/.exec(line)?.[1];
    if (path !== undefined) found = path;
  }
  return found;
}
