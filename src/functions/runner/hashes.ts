type Method = (name: string, ...rest: unknown[]) => unknown;
type Crypto = Record<string, Method | undefined>;

/** Other names that Node's hashes have, and the platform's have not. */
const SPELLINGS: [RegExp, string][] = [
  [/^(?:rsa-)?sha(?:2)?-?512[/-]256$/i, "sha512-256"],
  [/^sha2?-(224|256|384|512)$/i, "sha$1"],
  [/^(?:sha-1|ssl3-sha1|rsa-sha1-2)$/i, "sha1"],
  [/^ssl3-md5$/i, "md5"],
];

/**
 * Makes node:crypto know its hashes by all the names that Node's has, and name the hash that Node has
 * and the platform lacks, such as SHA-3.
 */
export function nameMissingHashes(crypto: Crypto): void {
  for (const method of ["createHash", "createHmac", "hash"]) {
    const create = crypto[method];
    if (create === undefined) continue;
    crypto[method] = (name, ...rest) => {
      try {
        return create(plainName(name), ...rest);
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

function plainName(name: string): string {
  const spelling = SPELLINGS.find(([written]) => written.test(name));
  return spelling === undefined ? name : `${name}`.replace(...spelling);
}
