// Our own drawings, on a grid of 24 with a line of 2. `fill` marks those that are surfaces.

interface Drawing {
  path: string;
  fill?: true;
}

export const icons = {
  logo: { path: "M12 2.5 21 12l-9 9.5L3 12Zm0 5L7.2 12l4.8 5 4.8-5Z", fill: true },
  play: { path: "M7 4.5v15l12-7.5Z", fill: true },
  stop: { path: "M6 6h12v12H6Z", fill: true },
  star: { path: "m12 3.5 2.6 5.5 6 .8-4.4 4.2 1.1 6-5.3-2.9L6.700 20l1.100-6L3.400 9.800l6-.8Z" },
  starred: {
    path: "m12 3.500 2.600 5.500 6 .8-4.400 4.200 1.100 6-5.300-2.900L6.700 20l1.100-6L3.400 9.800l6-.8Z",
    fill: true,
  },
  search: { path: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM20 20l-4.800-4.800" },
  plus: { path: "M12 5v14M5 12h14" },
  more: {
    path: "M5 10.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Zm7 0a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Zm7 0a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Z",
    fill: true,
  },
  close: { path: "m6 6 12 12M18 6 6 18" },
  tick: { path: "m5 12.500 4.500 4.500L19 7.500" },
  clock: { path: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.500 2" },
  skip: { path: "M4 16c0-5 4-8 8-8h7m0 0-4-4m4 4-4 4" },
  ring: { path: "M12 19a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z" },
  right: { path: "m9 5 7 7-7 7" },
  back: { path: "m15 5-7 7 7 7" },
  up: { path: "m5 15 7-7 7 7" },
  down: { path: "m5 9 7 7 7-7" },
  computer: { path: "M3 5h18v11H3ZM8 20h8M12 16v4" },
  robot: { path: "M5 8h14v11H5ZM12 8V4M9.500 12.500v2M14.500 12.500v2M2.500 12v3M21.500 12v3" },
  list: { path: "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01" },
  cards: { path: "M4 4h7v7H4ZM13 4h7v7h-7ZM4 13h7v7H4ZM13 13h7v7h-7Z" },
  sun: {
    path: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M5 5l1.700 1.700M17.300 17.300 19 19M5 19l1.700-1.700M17.300 6.700 19 5",
  },
  copy: { path: "M9 9h11v11H9ZM5 15H4V4h11v1" },
  download: { path: "M12 4v11m0 0-4.500-4.500M12 15l4.500-4.500M5 20h14" },
  pause: { path: "M7 5h3.500v14H7Zm6.500 0H17v14h-3.500Z", fill: true },
  warning: { path: "M12 4 2.500 20h19ZM12 10v4.500M12 17.200v.01" },
  user: { path: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c.5-4 3.500-6 8-6s7.500 2 8 6" },
  eye: {
    path: "M2 12c2-4 5.500-6.500 10-6.500S20 8 22 12c-2 4-5.500 6.500-10 6.500S4 16 2 12Zm10 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  },
  file: { path: "M6 3h8l5 5v13H6ZM14 3v5h5" },
  follow: { path: "M12 3v12m0 0-5-5m5 5 5-5M4 20.500h16" },
  again: { path: "M4 12a8 8 0 1 0 2.500-5.800M4 4v4.500h4.500" },
  link: {
    path: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  },
  half: { path: "M12 19a7 7 0 0 0 0-14Z", fill: true },
  dot: { path: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12Z", fill: true },
  help: {
    path: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.500 9.500a2.500 2.500 0 1 1 3.600 2.200c-.7.4-1.100.9-1.100 1.800M12 16.800v.01",
  },
  globe: { path: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c-5 5-5 13 0 18 5-5 5-13 0-18Z" },
  bell: { path: "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15ZM10 21h4" },
  key: { path: "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 12h9M18 12v3.500" },
} satisfies Record<string, Drawing>;

export type IconName = keyof typeof icons;
