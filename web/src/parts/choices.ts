// What a person chose for the page, kept with their account: language, time zone, keys. Taken over when they sign in, and
// when they choose anew. The theme is the browser's: it must be known before anybody is.

import { isLanguageChoice, language } from "../words/language.svelte";
import { singleKeys } from "./keys";

export interface Choices {
  language?: string;
  timeZone?: string;
  singleKeys?: boolean;
}

export function adopt(settings: Record<string, unknown>): Promise<void> {
  language.zone = zoneOf(settings.timeZone);
  singleKeys.on = settings.singleKeys !== false;
  return isLanguageChoice(settings.language) ? language.choose(settings.language) : Promise.resolve();
}

/** A time zone that this browser knows; otherwise the system's. */
function zoneOf(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
