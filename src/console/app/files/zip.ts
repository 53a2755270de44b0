/** A ZIP file of what is stored as it is: media does not get smaller. (APPNOTE 6.3.10) */

export type ZipEntry = { name: string; content: Uint8Array; date: Date };

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
/** Names are UTF-8 (4.4.4, bit 11). */
const UTF8 = 0x0800;
const VERSION = 20;

/** The most bytes and files of a ZIP file without its 64-bit form (4.4.1.4). */
export const ZIP_BYTES = 0xffff_ffff;
export const ZIP_FILES = 0xffff;

/** Returns the parts of a ZIP file of `entries`, whose names are paths without a slash in front. */
export function zipParts(entries: ZipEntry[]): Uint8Array<ArrayBuffer>[] {
  const files: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, content, date } of entries) {
    const encoded = new TextEncoder().encode(name);
    const shared = fields(crc32(content), content.length, encoded.length, date);
    const local = block([[4, LOCAL_HEADER], [2, VERSION], ...shared, [2, 0]], encoded);
    const central = block(
      [
        [4, CENTRAL_HEADER],
        [2, VERSION],
        [2, VERSION],
        ...shared,
        [2, 0],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
        [4, offset],
      ],
      encoded,
    );
    files.push(local, new Uint8Array(content));
    directory.push(central);
    offset += local.length + content.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const end = block(
    [
      [4, END],
      [2, 0],
      [2, 0],
      [2, entries.length],
      [2, entries.length],
      [4, size],
      [4, offset],
      [2, 0],
    ],
    new Uint8Array(),
  );
  return [...files, ...directory, end];
}

type Field = readonly [bytes: 2 | 4, value: number];

/** From the flags to the length of the name: what both headers of a file have. */
function fields(crc: number, size: number, nameLength: number, date: Date): Field[] {
  const year = Math.max(1980, date.getFullYear());
  return [
    [2, UTF8],
    [2, 0],
    [2, (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1)],
    [2, ((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()],
    [4, crc],
    [4, size],
    [4, size],
    [2, nameLength],
  ];
}

function block(values: Field[], tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = values.reduce((sum, [bytes]) => sum + bytes, 0);
  const made = new Uint8Array(length + tail.length);
  const view = new DataView(made.buffer);
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value >>> 0, true);
    at += bytes;
  }
  made.set(tail, length);
  return made;
}

let table: Uint32Array | null = null;

/** CRC-32 as ZIP has it (ISO 3309). */
function crc32(content: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = 0xffff_ffff;
  for (const byte of content) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}
