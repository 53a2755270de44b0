import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** The indigo of the mark, from light to dark. */
const indigo: MantineColorsTuple = [
  "#eef0ff",
  "#e0e3ff",
  "#c5cafe",
  "#a5acfb",
  "#8489f6",
  "#6c6cf0",
  "#5b54e6",
  "#4b43d6",
  "#4338ca",
  "#372fa3",
];

export const theme = createTheme({
  colors: { indigo },
  primaryColor: "indigo",
  primaryShade: { light: 8, dark: 6 },
  defaultRadius: "md",
  cursorType: "pointer",
  // No font is fetched: what the system shows best.
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif",
  fontFamilyMonospace:
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace",
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.6rem" }, h2: { fontSize: "1.15rem" } },
  },
  respectReducedMotion: true,
});

/** Some of Mantine's colours on white are below the 4.5:1 that small text needs (WCAG 1.4.3). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5c6370",
    "--mantine-color-body": "#fff",
    "--mantine-color-placeholder": "#6b7280",
    "--mantine-color-error": "#c92a2a",
    "--mantine-color-red-text": "#c92a2a",
    "--mantine-color-red-light-color": "#a51d1d",
    "--mantine-color-yellow-light-color": "#7a4a00",
    "--mantine-color-yellow-light": "#fff7dd",
    "--mantine-color-red-light": "#fdeeee",
  },
  dark: {
    "--mantine-color-body": "#16181d",
    "--mantine-color-dimmed": "#a3a9b5",
    "--mantine-color-placeholder": "#8b92a0",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-red-text": "#ff8787",
    "--mantine-color-red-light-color": "#ffa8a8",
    "--mantine-color-yellow-light-color": "#ffd98a",
    "--mantine-color-yellow-light": "#37301c",
    "--mantine-color-red-light": "#3a2226",
    "--mantine-color-red-filled": "#c92a2a",
    "--mantine-color-red-filled-hover": "#b02525",
  },
});
