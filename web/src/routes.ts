// Which component draws which page. The overview is part of the first view, each other page a chunk of its own.

import type { Component } from "svelte";
import Robots from "./pages/robots/Robots.svelte";
import type { PageName, Route } from "./paths";

// A page is given the route that it belongs to; the union cannot be split by a table, so each page narrows its own.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Page = Component<any>;
type Loader = () => Promise<{ default: Page }>;

export const pages: Record<PageName, Loader> = {
  robots: () => Promise.resolve({ default: Robots }),
  robot: () => import("./pages/robot/Robot.svelte"),
  edit: () => import("./pages/editor/Editor.svelte"),
  newRobot: () => import("./pages/new-robot/NewRobot.svelte"),
  jobs: () => import("./pages/jobs/Jobs.svelte"),
  job: () => import("./pages/job/Job.svelte"),
  computers: () => import("./pages/computers/Computers.svelte"),
  computer: () => import("./pages/computers/Computer.svelte"),
  account: () => import("./pages/account/Account.svelte"),
  users: () => import("./pages/users/Users.svelte"),
  audit: () => import("./pages/audit/Audit.svelte"),
  invite: () => import("./pages/invite/Invite.svelte"),
  signIn: () => import("./pages/sign-in/SignIn.svelte"),
  welcome: () => import("./pages/welcome/Welcome.svelte"),
  nothing: () => import("./pages/nothing/Nothing.svelte"),
};

/** Pages that need nobody signed in, drawn without the frame. */
export const isDoor = ({ page }: Route): boolean => page === "signIn" || page === "welcome" || page === "invite";

/** What tells one instance of a page from another: filters and places in it do not. */
export function identityOf(route: Route): string {
  if (route.page === "job") return `job ${route.id} ${route.attempt ?? ""}`;
  return "id" in route ? `${route.page} ${route.id}` : route.page;
}
