/** What came out of a finished upload. */
export type StoredObject = {
  /** Bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  sha256: string;
};

/** Writes one R2 object from bytes that come piece by piece. */
export type ObjectWriter = {
  /** Takes `bytes` in; resolves when they may be overwritten. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the object; nothing can be read under its key before. */
  finish(): Promise<StoredObject>;
  /** Leaves nothing behind, whether finished or not. */
  discard(): Promise<void>;
};

/**
 * R2 wants to know an object's length before its first byte, and a multipart/form-data part has none.
 * So bytes are gathered up to R2's smallest part; what ends within one is a single put, with its
 * checksum for R2 to verify, and what is larger becomes a multipart upload of such parts. One buffer
 * an upload, filled again only when R2 has taken it.
 */
export const PART_SIZE = 5 * 1024 * 1024;

/** Bytes that are gathered before the writer asks for room for a whole part. */
const SMALL = 64 * 1024;

const FIRST_BUFFER = 4 * 1024;

/**
 * Starts an object under `key`. Its buffer grows with what comes: to 64 KiB, and past that only when
 * `partRoom` has resolved, which is asked once for all that the writer will ever hold, so that no two
 * writers can wait for what the other has. Where it throws, so does the write.
 */
export function writeObject(
  bucket: R2Bucket,
  key: string,
  partRoom: () => Promise<void>,
): ObjectWriter {
  const digest = new crypto.DigestStream("SHA-256");
  const hash = digest.getWriter();
  let buffer = new Uint8Array(FIRST_BUFFER);
  let roomy = false;
  let filled = 0;
  let size = 0;
  let upload: R2MultipartUpload | null = null;
  const parts: R2UploadedPart[] = [];
  let stored = false;
  let putting = false;

  async function uploadPart(): Promise<void> {
    const part = buffer.subarray(0, filled);
    await hash.write(part);
    upload ??= await bucket.createMultipartUpload(key);
    parts.push(await upload.uploadPart(parts.length + 1, part));
    filled = 0;
  }

  async function grow(needed: number): Promise<void> {
    if (needed <= buffer.byteLength || buffer.byteLength === PART_SIZE) return;
    if (needed > SMALL && !roomy) {
      await partRoom();
      roomy = true;
    }
    const larger = new Uint8Array(Math.min(PART_SIZE, Math.max(needed, 2 * buffer.byteLength)));
    larger.set(buffer.subarray(0, filled));
    release();
    buffer = larger;
  }

  /** Gives the buffer's memory back at once: ten of them would wait a long time to be collected. */
  function release(): void {
    if (!buffer.buffer.detached) buffer.buffer.transfer(0);
  }

  return {
    async write(bytes) {
      for (let offset = 0; offset < bytes.byteLength; ) {
        if (filled === PART_SIZE) await uploadPart();
        await grow(filled + bytes.byteLength - offset);
        const taken = bytes.subarray(offset, offset + buffer.byteLength - filled);
        buffer.set(taken, filled);
        filled += taken.byteLength;
        offset += taken.byteLength;
      }
      size += bytes.byteLength;
    },

    async finish() {
      if (upload) await uploadPart();
      else await hash.write(buffer.subarray(0, filled));
      await hash.close();
      const sha256 = new Uint8Array(await digest.digest).toHex();
      if (upload) await upload.complete(parts);
      else {
        putting = true;
        await bucket.put(key, buffer.subarray(0, filled), { sha256 });
      }
      stored = true;
      release();
      return { size, sha256 };
    },

    async discard() {
      release();
      if (stored || putting) await bucket.delete(key);
      else await upload?.abort();
    },
  };
}
