// A second robot with the content, labels and settings of the first, under a name that is still free.

import type { Answer } from "../../wire/failure";
import type { Robot } from "../../wire/generated";
import type { Rest } from "../../wire/rest";
import { robots as t } from "../../words/generated/robots";

export async function duplicate(rest: Rest, robot: Robot): Promise<Answer<Robot>> {
  const content = await rest.content(robot.id);
  if (!content.ok) return content;
  for (let n = 1; ; n += 1) {
    const name = t.copyOf({ robot: robot.name.slice(0, 80), n });
    const made =
      "text" in content.value
        ? await rest.createRobot(robot.userId, { name, source: content.value.text })
        : await rest.createRobotFromPackage(robot.userId, name, content.value.zip);
    if (!made.ok && made.failure.code === "conflict" && n < 50) continue;
    if (!made.ok) return made;
    const { description, labels, settings } = robot;
    return rest.patchRobot(made.value.id, { description, labels, settings: { ...settings } });
  }
}
