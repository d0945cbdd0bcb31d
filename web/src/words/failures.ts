// One table from the code of a failure to what a person reads. A code that is not here shows the server's own message.

import type { Failure } from "../wire/failure";
import { failures as t } from "./generated/failures";

const sentences: Record<string, (failure: Failure) => string> = {
  unreachable: () => t.unreachable(),
  unreadable: () => t.unreadable(),
  unauthenticated: () => t.unauthenticated(),
  not_found: () => t.not_found(),
  internal: ({ message }) => t.internal({ message }),
  slow_down: ({ retryAfterMs }) => t.slow_down({ n: Math.ceil((retryAfterMs ?? 1_000) / 1_000) }),
  try_again: () => t.try_again(),
  too_large: () => t.too_large(),
};

export function sentenceOf(failure: Failure): string {
  const sentence = Object.hasOwn(sentences, failure.code) ? sentences[failure.code] : undefined;
  return sentence ? sentence(failure) : asSentence(failure.message || failure.code);
}

/** The server's messages are fragments: "the name is taken" becomes "The name is taken." */
export function asSentence(fragment: string): string {
  const text = fragment.trim();
  if (text === "") return "";
  const first = `${text[0]?.toUpperCase()}${text.slice(1)}`;
  return /[.?!…]$/.test(first) ? first : `${first}.`;
}
