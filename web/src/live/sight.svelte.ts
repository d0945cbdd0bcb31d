// Whether somebody can see this page, and whether any page of ours in this browser is seen: each page that is holds a
// shared lock, which the browser takes back by itself when the page goes.

const lock = "arkwright in sight";

class Sight {
  /** This page is in sight. */
  here = $state(document.visibilityState === "visible");
  #release: (() => void) | undefined;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  /** Any page is in sight. Browsers have locks where they have notifications: not on a plain http address. */
  async anywhere(): Promise<boolean> {
    if (this.here || !navigator.locks) return this.here;
    const { held } = await navigator.locks.query();
    return held?.some(({ name }) => name === lock) ?? false;
  }

  #look(): void {
    this.here = document.visibilityState === "visible";
    this.#release?.();
    this.#release = undefined;
    if (!this.here || !navigator.locks) return;
    const gone = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    void navigator.locks.request(lock, { mode: "shared" }, () => gone);
  }
}

export const sight = new Sight();
