// The one live region of the page. Whoever has something to say calls it by name.

import { untrack } from "svelte";

class Announcer {
  polite = $state("");
  assertive = $state("");

  /** At the listener's leisure. The same sentence twice is heard twice. */
  say(text: string): void {
    this.polite = untrack(() => this.polite) === text ? `${text}\u00a0` : text;
  }

  /** At once. */
  interrupt(text: string): void {
    this.assertive = untrack(() => this.assertive) === text ? `${text}\u00a0` : text;
  }
}

export const announcer = new Announcer();

/** Says at most one sentence per `everyMs`; of those that come meanwhile the newest wins. */
export function paced(everyMs: number, say: (text: string) => void): { say: (text: string) => void; end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let next: string | undefined;
  const open = () => {
    timer = undefined;
    if (next === undefined) return;
    const text = next;
    next = undefined;
    speak(text);
  };
  const speak = (text: string) => {
    say(text);
    timer = setTimeout(open, everyMs);
  };
  return {
    say: (text) => {
      if (timer === undefined) speak(text);
      else next = text;
    },
    end: () => clearTimeout(timer),
  };
}
