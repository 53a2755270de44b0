import { gzipSync } from "node:zlib";

/** A file of a tarball. `link`: a symbolic link to that. `size`: what the header says, if not the truth. */
export type TarFile = { name: string; content?: string | Uint8Array; link?: string; size?: number };

/** Packs files as npm does: ustar, below `package/` unless a name starts with `!`. */
export function tarball(files: TarFile[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { name, content = "", link, size } of files) {
    const bytes = Buffer.from(content as string);
    const full = name.startsWith("!") ? name.slice(1) : `package/${name}`;
    blocks.push(header(full, size ?? bytes.length, link));
    blocks.push(bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  blocks.push(Buffer.alloc(1024));
  return gzipSync(Buffer.concat(blocks), { level: 1 });
}

function header(name: string, size: number, link: string | undefined): Buffer {
  const block = Buffer.alloc(512);
  let [prefix, short] = ["", name];
  if (Buffer.byteLength(name) > 100) {
    const cut = name.indexOf("/", name.length - 101);
    [prefix, short] = [name.slice(0, cut), name.slice(cut + 1)];
  }
  block.write(short, 0, 100);
  block.write("0000644\0", 100);
  block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  block.write("00000000000\0", 136);
  block.write("        ", 148);
  block.write(link === undefined ? "0" : "2", 156);
  if (link !== undefined) block.write(link, 157, 100);
  block.write("ustar\0", 257);
  block.write("00", 263);
  block.write(prefix, 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
