// Route ↔ address, and nothing else: the only place that spells an address. `toPath` and `fromPath` are inverse.

export type RobotTab = "overview" | "versions" | "settings";

export type Route =
  | { page: "robots"; q?: string; show?: string; as?: "cards" | "table" }
  | { page: "robot"; id: string; tab: RobotTab; play?: boolean; from?: string }
  | { page: "edit"; id: string }
  | { page: "newRobot" }
  | {
      page: "jobs";
      robot?: string;
      status?: string;
      computer?: string;
      from?: string;
      to?: string;
      q?: string;
      cursor?: string;
    }
  | { page: "job"; id: string; attempt?: number; step?: number; line?: number; level?: string }
  | { page: "computers"; pair?: boolean }
  | { page: "computer"; id: string }
  | { page: "account" }
  | { page: "users" }
  | { page: "audit"; user?: string; action?: string; from?: string; to?: string; cursor?: string }
  | { page: "invite" }
  | { page: "signIn"; to?: string }
  | { page: "welcome" }
  | { page: "nothing" };

export type PageName = Route["page"];

const words = {
  jobs: ["robot", "status", "computer", "from", "to", "q", "cursor"],
  robots: ["q", "show", "as"],
  audit: ["user", "action", "from", "to", "cursor"],
} as const;

function query(pairs: [string, string | number | true | undefined][]): string {
  const parts = pairs
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => (value === true ? name : `${name}=${encodeURIComponent(String(value))}`));
  return parts.length ? `?${parts.join("&")}` : "";
}

export function toPath(route: Route): string {
  switch (route.page) {
    case "robots":
      return `/robots${query(words.robots.map((name) => [name, route[name]]))}`;
    case "robot": {
      const tab = route.tab === "overview" ? "" : `/${route.tab}`;
      const asked = query([
        ["play", route.play || undefined],
        ["from", route.from],
      ]);
      return `/robots/${encodeURIComponent(route.id)}${tab}${asked}`;
    }
    case "edit":
      return `/robots/${encodeURIComponent(route.id)}/edit`;
    case "newRobot":
      return "/robots/new";
    case "jobs":
      return `/jobs${query(words.jobs.map((name) => [name, route[name]]))}`;
    case "job":
      return `/jobs/${encodeURIComponent(route.id)}${query([
        ["attempt", route.attempt],
        ["step", route.step],
        ["line", route.line],
        ["level", route.level],
      ])}`;
    case "computers":
      return `/computers${query([["pair", route.pair || undefined]])}`;
    case "computer":
      return `/computers/${encodeURIComponent(route.id)}`;
    case "account":
      return "/account";
    case "users":
      return "/admin/users";
    case "audit":
      return `/admin/audit${query(words.audit.map((name) => [name, route[name]]))}`;
    case "invite":
      return "/invite";
    case "signIn":
      return `/sign-in${query([["to", route.to]])}`;
    case "welcome":
      return "/welcome";
    case "nothing":
      return "/nothing-here";
  }
}

/** Reads a path with its query, such as `/robots?q=pay`. What no route knows is `nothing`. */
export function fromPath(address: string): Route {
  const url = new URL(address, "http://page.invalid");
  const parts = url.pathname.split("/").filter(Boolean).map(decoded);
  const asked = url.searchParams;
  const text = (name: string) => asked.get(name) || undefined;
  const count = (name: string) => {
    const value = asked.get(name);
    return value && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  };
  const [first, second, third] = parts;
  if (parts.length === 0) return { page: "robots" };

  switch (first) {
    case "robots": {
      if (parts.length === 1) {
        const as = text("as");
        return pruned({
          page: "robots",
          q: text("q"),
          show: text("show"),
          as: as === "cards" || as === "table" ? as : undefined,
        });
      }
      if (!second || parts.length > 3) break;
      if (second === "new" && parts.length === 2) return { page: "newRobot" };
      if (third === "edit") return { page: "edit", id: second };
      const tab = third ?? "overview";
      if (tab !== "overview" && tab !== "versions" && tab !== "settings") break;
      return pruned({
        page: "robot",
        id: second,
        tab,
        play: asked.has("play") || undefined,
        from: text("from"),
      });
    }
    case "jobs": {
      if (parts.length === 1) {
        const filters = Object.fromEntries(words.jobs.map((name) => [name, text(name)]));
        return pruned({ page: "jobs", ...filters });
      }
      if (!second || parts.length > 2) break;
      return pruned({
        page: "job",
        id: second,
        attempt: count("attempt"),
        step: count("step"),
        line: count("line"),
        level: text("level"),
      });
    }
    case "computers":
      if (parts.length === 1) return pruned({ page: "computers", pair: asked.has("pair") || undefined });
      if (second && parts.length === 2) return { page: "computer", id: second };
      break;
    case "account":
      if (parts.length === 1) return { page: "account" };
      break;
    case "admin":
      if (parts.length !== 2) break;
      if (second === "users") return { page: "users" };
      if (second === "audit") {
        const filters = Object.fromEntries(words.audit.map((name) => [name, text(name)]));
        return pruned({ page: "audit", ...filters });
      }
      break;
    case "invite":
      if (parts.length === 1) return { page: "invite" };
      break;
    case "sign-in":
      if (parts.length === 1) return pruned({ page: "signIn", to: text("to") });
      break;
    case "welcome":
      if (parts.length === 1) return { page: "welcome" };
      break;
  }
  return { page: "nothing" };
}

/** Where a sign-in may lead: a path of ours, never another site. */
export function safeTarget(to: string | undefined): Route {
  if (!to?.startsWith("/") || to.startsWith("//") || to.includes("\\")) return { page: "robots" };
  const route = fromPath(to);
  return route.page === "signIn" || route.page === "welcome" || route.page === "invite" ? { page: "robots" } : route;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Without the fields that say nothing, so that equal routes are equal objects. */
function pruned<T extends Route>(route: T): T {
  for (const name of Object.keys(route) as (keyof T)[]) if (route[name] === undefined) delete route[name];
  return route;
}
