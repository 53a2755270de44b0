/** Drawings on a 24 × 24 grid, one line width. Decoration alone: every control has its words. */

const PATHS = {
  add: "M12 5v14M5 12h14",
  arrowLeft: "M19 12H5m6-6-6 6 6 6",
  branch:
    "M7 4v10m0 0a3 3 0 1 0 0 6 3 3 0 0 0 0-6Zm10-4a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm0 0a7 7 0 0 1-7 7",
  check: "m5 12.5 4.5 4.5L19 7.5",
  chevron: "m9 6 6 6-6 6",
  close: "M6 6l12 12M18 6 6 18",
  cloud:
    "M12 12v8m-3.5-4.5L12 12l3.5 3.5M7 18H6.5A4.5 4.5 0 0 1 6 9.03 6 6 0 0 1 17.7 8.5 4.5 4.5 0 0 1 17.5 18H17",
  code: "m8 7-5 5 5 5m8-10 5 5-5 5",
  copy: "M9 9h10v11H9zM5 15V4h10",
  dots: "M12 6h.01M12 12h.01M12 18h.01",
  download: "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14",
  edit: "M4 20h4L19 9l-4-4L4 16zM13.5 6.5l4 4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Zm9.5 2.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  folder: "M3 6h6l2 2.5h10V19H3z",
  function: "M16.5 5.2c-2.6-1-4 .3-4.4 2.8l-1.7 9c-.4 2.2-1.9 2.9-4 2.1M7.5 10.5h8",
  globe:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-9-9h18M12 3c2.5 2.7 3.6 5.7 3.6 9S14.5 18.3 12 21c-2.5-2.7-3.6-5.7-3.6-9S9.5 5.7 12 3Z",
  history: "M4 4v5h5M4.6 14.5A8 8 0 1 0 5 8.5L4 9m8-1v4.5l3 2",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-9.5V16m0-8h.01",
  image: "M4 5h16v14H4zm0 11 4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5h.01",
  key: "M14.5 13.5a5 5 0 1 0-4-4L4 16v4h4v-2.5h2.5V15z",
  lock: "M6 11h12v9H6zm2.5 0V8a3.5 3.5 0 0 1 7 0v3",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  message: "M4 5h16v11H10l-5 4v-4H4z",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  music:
    "M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z",
  open: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  next: "M6 5v14l9-7zM18 5v14",
  package: "M12 3 4 7.5v9L12 21l8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  phone:
    "M7 3.5 9.5 8 7.8 9.8c1.3 2.7 3.2 4.6 6 6l1.8-1.7 4.4 2.5c0 2.6-1.6 4.1-4 3.9C9.3 19.8 4.2 14.7 3.5 8c-.3-2.6 1-4.4 3.5-4.5Z",
  pause: "M9 5v14m6-14v14",
  play: "M7 4.5v15l12-7.5z",
  previous: "M18 5v14l-9-7zM6 5v14",
  retry: "M20 5v5h-5M19.5 14a8 8 0 1 1-1-7L20 10",
  search: "m20 20-4.5-4.5M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z",
  shield: "M12 3 5 6v5.5c0 4.5 3 7.8 7 9.5 4-1.7 7-5 7-9.5V6z",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  trash: "M4 7h16M9 7V4h6v3m3 0-1 13H7L6 7m4 4v5m4-5v5",
  undo: "M4 9h10.5a5.5 5.5 0 0 1 0 11H9M4 9l5-5M4 9l5 5",
  upload: "M12 15V4m-4.5 4.5L12 4l4.5 4.5M5 20h14",
  video: "M3 6h12v12H3zm12 4.5 6-3v9l-6-3",
  warning: "M12 4 2.5 20h19zm0 6v4.5m0 3h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "dots" ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the console: a call that comes back. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 32 32">
      <rect width="32" height="32" rx="9" fill="#4338ca" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
        <circle cx="16" cy="16" r="2.2" fill="#fff" stroke="none" />
        <path d="M11.2 20.8a6.8 6.8 0 0 1 0-9.6M20.8 11.2a6.8 6.8 0 0 1 0 9.6M7.2 24.8a12.4 12.4 0 0 1 0-17.6M24.8 7.2a12.4 12.4 0 0 1 0 17.6" />
      </g>
    </svg>
  );
}
