// The language that the page speaks now. Only its words are loaded, those of the overview first. Whoever draws words reads
// them through `area`, so that another choice changes them in place: nothing is loaded anew and no form loses its text.

import english from "./generated/en-core";
import { type Helpers, helpersOf } from "./icu";

export type Language = "en" | "de";
export type LanguageChoice = "system" | Language;
type Words = Record<string, object>;
type Chunk = () => Promise<{ default: (helpers: Helpers) => Words }>;

const chunks: Record<Language, { core: Chunk; rest: Chunk }> = {
  en: { core: () => Promise.resolve({ default: english }), rest: () => import("./generated/en-rest") },
  de: { core: () => import("./generated/de-core"), rest: () => import("./generated/de-rest") },
};
const usual: Record<Language, string> = { en: "en-GB", de: "de-DE" };
const keptAs = "language";

const isLanguage = (text: unknown): text is Language => text === "en" || text === "de";
export const isLanguageChoice = (text: unknown): text is LanguageChoice => text === "system" || isLanguage(text);

class Speech {
  /** What is spoken. */
  value: Language = $state("en");
  /** What was asked for. */
  choice: LanguageChoice = $state("system");
  /** The time zone of every time on the page; absent: the system's. */
  zone: string | undefined = $state();
  #words: Words = $state.raw({});
  #rest = false;
  #asked: { key: string; done: Promise<void> } | undefined;

  /** Numbers and dates as the spoken language has them, in the person's own region where that speaks it too. */
  readonly locale: string = $derived(localeOf(this.value));

  /** Speaks the language that this browser chose before, or its own. */
  start(): Promise<void> {
    this.choice = kept();
    return this.#speak(resolved(this.choice));
  }

  /** Resolves once all words are there: needed by whatever the overview does not draw. */
  whole(): Promise<void> {
    this.#rest = true;
    return this.#speak(this.#target);
  }

  async choose(choice: LanguageChoice): Promise<void> {
    await this.#speak(resolved(choice));
    this.choice = choice;
    keep(choice);
  }

  words(area: string): object {
    const words = this.#words[area];
    if (!words) throw new Error(`the words of ${area} are not loaded: draw it after withWords()`);
    return words;
  }

  get #target(): Language {
    return this.#asked ? (this.#asked.key.split(" ")[0] as Language) : this.value;
  }

  #speak(language: Language): Promise<void> {
    const key = `${language} ${this.#rest ? "whole" : "core"}`;
    if (this.#asked?.key === key) return this.#asked.done;
    const done = this.#load(language, key);
    this.#asked = { key, done };
    // What could not be loaded is asked for again the next time.
    done.catch(() => {
      if (this.#asked?.done === done) this.#asked = undefined;
    });
    return done;
  }

  async #load(language: Language, key: string): Promise<void> {
    const { core, rest } = chunks[language];
    const parts = await Promise.all([core(), ...(key.endsWith("whole") ? [rest()] : [])]);
    // A newer wish came meanwhile: whoever waited for this one waits for that.
    if (this.#asked && this.#asked.key !== key) return this.#asked.done;
    const helpers = helpersOf(localeOf(language));
    this.#words = Object.assign({}, ...parts.map((part) => part.default(helpers)));
    this.value = language;
    if (typeof document !== "undefined") document.documentElement.lang = language;
  }
}

export const language = new Speech();

/** The words of one area, in whatever language is spoken when they are read. */
export function area<Texts extends object>(name: string): Texts {
  const none: Texts = Object.create(null);
  return new Proxy(none, {
    // A function that was taken before the words came, or in another language, speaks what is spoken when it is called.
    get:
      (_, key) =>
      (...args: unknown[]) =>
        Reflect.get(language.words(name), key)(...args),
    has: (_, key) => Reflect.has(language.words(name), key),
    ownKeys: () => Reflect.ownKeys(language.words(name)),
    getOwnPropertyDescriptor: (_, key) => {
      const found = Reflect.getOwnPropertyDescriptor(language.words(name), key);
      return found && { ...found, configurable: true };
    },
  });
}

/** A part that the overview loads when it is needed, together with its words. */
export function withWords<Part>(part: Promise<Part>): Promise<Part> {
  return language.whole().then(() => part);
}

function localeOf(language: Language): string {
  const own = typeof navigator === "undefined" ? [] : navigator.languages;
  return own.find((locale) => locale.split("-")[0] === language) ?? usual[language];
}

function resolved(choice: LanguageChoice): Language {
  if (choice !== "system") return choice;
  const own = typeof navigator === "undefined" ? [] : navigator.languages;
  return own.map((locale) => locale.split("-")[0]).find(isLanguage) ?? "en";
}

function kept(): LanguageChoice {
  try {
    const choice = localStorage.getItem(keptAs);
    return isLanguageChoice(choice) ? choice : "system";
  } catch {
    return "system";
  }
}

function keep(choice: LanguageChoice): void {
  try {
    localStorage.setItem(keptAs, choice);
  } catch {
    // Storage is switched off: it holds until the page is closed, and comes back with the account's own choice.
  }
}
