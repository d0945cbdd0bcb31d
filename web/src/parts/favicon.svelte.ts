// The sign in the browser's tab: plain, a blue dot while something executes, a red one after a failure that nobody
// looked at, grey without connection.

export type Sign = "plain" | "executing" | "failed" | "away";

class Tab {
  /** What the page in it says of its own job. */
  own: Sign | undefined = $state();
}

export const tab = new Tab();

export function favicon(sign: Sign): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const href = sign === "plain" ? "/icon.svg" : `/icon-${sign}.svg`;
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
}
