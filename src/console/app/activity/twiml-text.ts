/** Returns TwiML laid out, one element a line; null for what is no well-formed XML. */
export function laidOut(text: string): string | null {
  const document = new DOMParser().parseFromString(text, "application/xml");
  if (document.querySelector("parsererror") !== null) return null;
  const lines: string[] = [];
  write(document.documentElement, 0, lines);
  return lines.join("\n");
}

/** The addresses of `<Play>`, as they stand. */
export function playedIn(text: string): string[] {
  const document = new DOMParser().parseFromString(text, "application/xml");
  if (document.querySelector("parsererror") !== null) return [];
  const played = [...document.getElementsByTagName("Play")].map(
    ({ textContent }) => textContent?.trim() ?? "",
  );
  return [...new Set(played)].filter((address) => address !== "");
}

function write(element: Element, depth: number, lines: string[]): void {
  const indent = "  ".repeat(depth);
  const attributes = [...element.attributes].map(
    ({ name, value }) => ` ${name}="${escaped(value).replaceAll('"', "&quot;")}"`,
  );
  const tag = `${element.tagName}${attributes.join("")}`;
  const children = [...element.childNodes].filter(
    (node) => node.nodeType === Node.ELEMENT_NODE || node.textContent?.trim() !== "",
  );
  if (children.length === 0) {
    lines.push(`${indent}<${tag}/>`);
  } else if (children.every((node) => node.nodeType !== Node.ELEMENT_NODE)) {
    const text = escaped(element.textContent?.trim() ?? "");
    lines.push(`${indent}<${tag}>${text}</${element.tagName}>`);
  } else {
    lines.push(`${indent}<${tag}>`);
    for (const node of children) {
      if (node.nodeType === Node.ELEMENT_NODE) write(node as Element, depth + 1, lines);
      else lines.push(`${indent}  ${escaped(node.textContent?.trim() ?? "")}`);
    }
    lines.push(`${indent}</${element.tagName}>`);
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
