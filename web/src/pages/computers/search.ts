// Which computers a person means: every word, in any order, in name, host, system or labels.

import type { Agent } from "../../wire/generated";
import { systemName } from "../../words/systems";

const plain = (text: string): string =>
  text
    .normalize("NFD")
    .replace(/\p{Diacritic}/gu, "")
    .toLowerCase();

export function found(agents: readonly Agent[], text: string): readonly Agent[] {
  const words = plain(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return agents;
  return agents.filter((agent) => {
    const all = plain([agent.name, agent.host, systemName(agent.os), ...agent.labels].join(" "));
    return words.every((word) => all.includes(word));
  });
}
