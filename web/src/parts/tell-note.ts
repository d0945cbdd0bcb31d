// What notifications of the browser need, or where they were forbidden.

import { notices as t } from "../words/generated/notices";
import type { Telling } from "./telling.svelte";

export function tellNote(telling: Telling): string {
  switch (telling) {
    case "insecure":
      return t.insecure();
    case "missing":
      return t.missing();
    case "denied":
      return t.denied();
    case "off":
    case "on":
      return t.needsPage();
  }
}
