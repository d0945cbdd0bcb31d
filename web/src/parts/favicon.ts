// The sign in the browser's tab: plain, a blue dot while executing, a red one after a failure, grey without connection.

export type Sign = "plain" | "executing" | "failed" | "away";

export function favicon(sign: Sign): void {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const href = sign === "plain" ? "/icon.svg" : `/icon-${sign}.svg`;
  if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
}
