type Crypto = Record<"createHash" | "createHmac", (name: string, ...rest: unknown[]) => unknown>;

/** Makes node:crypto name the hash that Node has and the platform lacks, such as SHA-3. */
export function nameMissingHashes(crypto: Crypto): void {
  for (const method of ["createHash", "createHmac"] as const) {
    const create = crypto[method];
    crypto[method] = (name, ...rest) => {
      try {
        return create(name, ...rest);
      } catch (error) {
        const { message } = error as Error;
        if (!/digest method not supported|invalid digest/i.test(message)) throw error;
        const advice = "this runtime has no such hash; a package such as @noble/hashes has it";
        (error as Error).message = `${message}: crypto.${method}("${name}"): ${advice}`;
        throw error;
      }
    };
  }
}
