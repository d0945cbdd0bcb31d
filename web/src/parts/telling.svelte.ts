// Notifications of the browser: whether this person wants them here, whether the browser allows them, and showing one.
// The browser is asked for its permission by a press alone. The wish is kept in this browser: another one has another
// permission.

/** `insecure`: the address is plain http. `denied`: the person or the browser said no, and only the browser can undo it. */
export type Telling = "insecure" | "missing" | "denied" | "off" | "on";

const toldKey = "told";
const mostTold = 50;
const lock = "arkwright tells";

class TellingState {
  #key: string | undefined;
  #wanted = $state(false);
  #permission: NotificationPermission = $state("default");

  get state(): Telling {
    if (!isSecureContext) return "insecure";
    if (!("Notification" in globalThis)) return "missing";
    if (this.#permission === "denied") return "denied";
    return this.#wanted && this.#permission === "granted" ? "on" : "off";
  }

  /** Reads what this person chose in this browser; another page may have changed it. */
  begin(userId: string): void {
    this.#key = `notify ${userId}`;
    this.#wanted = read(this.#key) === "on";
    this.#permission = "Notification" in globalThis ? Notification.permission : "default";
  }

  /** Called by a press: now the browser may be asked. */
  async turn(on: boolean): Promise<void> {
    if (on && isSecureContext && "Notification" in globalThis) {
      this.#permission =
        Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
    }
    this.#wanted = on && this.#permission === "granted";
    write(this.#key, this.#wanted ? "on" : "off");
  }

  /** Shows one, unless another page of this browser has told the same. */
  async once(id: string, what: { title: string; body: string; onclick: () => void }): Promise<void> {
    await navigator.locks.request(lock, () => {
      const told = (read(toldKey) ?? "").split(" ");
      if (told.includes(id)) return;
      write(toldKey, [id, ...told].slice(0, mostTold).join(" "));
      const shown = new Notification(what.title, { body: what.body, tag: `arkwright ${id}`, icon: "/icon.svg" });
      shown.onclick = () => {
        shown.close();
        focus();
        what.onclick();
      };
    });
  }
}

export const telling = new TellingState();

function read(key: string | undefined): string | null {
  try {
    return key === undefined ? null : localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string | undefined, value: string): void {
  try {
    if (key !== undefined) localStorage.setItem(key, value);
  } catch {
    // Without storage the choice holds for this page.
  }
}
