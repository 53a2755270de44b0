/** Where the steps of a build keep what they found: a Durable Object's storage. */
export type StepStorage = {
  get<Value>(key: string): Promise<Value | undefined>;
  put(key: string, value: unknown): Promise<void>;
};

/** Characters in one value: those of a Durable Object may have 2 MB. */
const PIECE = 500_000;

/** Keeps `value` under `name`, in pieces where it is large. */
export async function keepStep(storage: StepStorage, name: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  const pieces = Math.ceil(text.length / PIECE);
  for (let index = 0; index < pieces; index++) {
    await storage.put(`${name}/${index}`, text.slice(index * PIECE, (index + 1) * PIECE));
  }
  // The count last: without it there is nothing.
  await storage.put(name, pieces);
}

/** Returns what `keepStep` kept; null where it did not come to its end. */
export async function keptStep<Value>(storage: StepStorage, name: string): Promise<Value | null> {
  const pieces = await storage.get<number>(name);
  if (pieces === undefined) return null;
  let text = "";
  for (let index = 0; index < pieces; index++) {
    text += (await storage.get<string>(`${name}/${index}`)) ?? "";
  }
  return JSON.parse(text) as Value;
}
