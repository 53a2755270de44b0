/** What each operator of two sides does. */
// biome-ignore lint/suspicious/noExplicitAny: they take whatever the code has.
export const BINARY: Record<string, (a: any, b: any) => unknown> = {
  // biome-ignore lint/suspicious/noDoubleEquals: it is what the code says.
  "==": (a, b) => a == b,
  // biome-ignore lint/suspicious/noDoubleEquals: it is what the code says.
  "!=": (a, b) => a != b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
  "|": (a, b) => a | b,
  "&": (a, b) => a & b,
  "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b,
  ">>": (a, b) => a >> b,
  ">>>": (a, b) => a >>> b,
  in: (a, b) => a in b,
  instanceof: (a, b) => a instanceof b,
};
