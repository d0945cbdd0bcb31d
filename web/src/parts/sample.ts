// The robot that shows how a robot works: one text parameter, harmless, six steps, some ten seconds.

import type { Answer } from "../wire/failure";
import type { Robot } from "../wire/generated";
import { rest } from "../wire/rest";
import { sample as t } from "../words/generated/sample";
import source from "./sample.robot?raw";

export const sampleSource: string = source;
export const emptySource = "*** Tasks ***\nFirst task\n    Log    \n";

/** Makes it; if a robot already has its name, the next number is tried. */
export async function createSample(userId: string): Promise<Answer<Robot>> {
  let answer = await rest.createRobot(userId, { name: t.name(), source });
  for (let n = 2; n < 10 && !answer.ok && answer.failure.code === "conflict"; n += 1) {
    answer = await rest.createRobot(userId, { name: t.nameN({ n }), source });
  }
  return answer;
}
