// Short notices of things that happened elsewhere or can be undone. Three at most, each for eight seconds in which
// nobody points at them or is in them. What went wrong in a form is never told here.

import { announcer } from "./announcer.svelte";

export interface Toast {
  id: number;
  text: string;
  action?: { text: string; run: () => void };
}

const most = 3;
const shownMs = 8_000;

class Toasts {
  items: Toast[] = $state.raw([]);
  #next = 0;
  #held = false;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  say(text: string, action?: Toast["action"]): void {
    this.#next += 1;
    const toast = { id: this.#next, text, ...(action ? { action } : {}) };
    for (const old of this.items.slice(0, -(most - 1))) this.dismiss(old.id);
    this.items = [...this.items, toast];
    announcer.say(text);
    if (!this.#held) this.#wait(toast.id);
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.items = this.items.filter((toast) => toast.id !== id);
    if (this.items.length === 0) this.#held = false;
  }

  /** While pointer or focus is there nothing goes; afterwards each has its whole time again. */
  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    for (const { id } of this.items) {
      clearTimeout(this.#timers.get(id));
      if (!held) this.#wait(id);
    }
  }

  #wait(id: number): void {
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), shownMs),
    );
  }
}

export const toasts = new Toasts();
