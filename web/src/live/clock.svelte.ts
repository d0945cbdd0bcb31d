// The one clock of the page: the server's time as of the last join, ticking once a second.

class Clock {
  /** Milliseconds since 1970 by the server's clock, changed once a second. */
  now = $state(Date.now());
  #offsetMs = 0;

  constructor() {
    setInterval(() => this.#tick(), 1000);
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  /** Called with the server's time as it answers. */
  set(serverTime: string): void {
    const time = Date.parse(serverTime);
    if (Number.isNaN(time)) return;
    this.#offsetMs = time - Date.now();
    this.#tick();
  }

  /** A moment of this browser's clock, as the server's clock would show it. */
  ofBrowser(moment: Date): number {
    return moment.getTime() + this.#offsetMs;
  }

  /** Now to the millisecond, for what is measured and not shown. */
  read(): number {
    return Date.now() + this.#offsetMs;
  }

  #tick(): void {
    this.now = this.read();
  }
}

export const clock = new Clock();
