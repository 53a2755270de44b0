let dynamicImport: (id: unknown) => Promise<object> = () =>
  Promise.reject(new Error("no import()"));

/** What `import()` in code made from text goes by. */
export function setImport(given: (id: unknown) => Promise<object>): void {
  dynamicImport = given;
}

export function importing(id: unknown): Promise<object> {
  return dynamicImport(id);
}
