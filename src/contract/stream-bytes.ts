/** What is read of a stream in pieces of any size: null at its end. */
export type Read = () => Promise<Uint8Array | null>;

/** Gives what comes in pieces as many bytes at a time as are asked for. */
export function streamBytes(read: Read) {
  let pieces: Uint8Array[] = [];
  let held = 0;
  return {
    /** Reads until `size` bytes are held; false where the stream ends before. */
    async fill(size: number): Promise<boolean> {
      while (held < size) {
        const more = await read();
        if (more === null) return false;
        pieces.push(more);
        held += more.length;
      }
      return true;
    },
    /** The next `size` bytes of those that are held, all of them where none is given. */
    take(size = held): Uint8Array<ArrayBuffer> {
      const joined = new Uint8Array(held);
      let at = 0;
      for (const piece of pieces) {
        joined.set(piece, at);
        at += piece.length;
      }
      pieces = [joined.subarray(size)];
      held -= size;
      return joined.slice(0, size);
    },
  };
}
