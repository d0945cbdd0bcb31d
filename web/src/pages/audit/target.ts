// What a change was made to: its name as it was then, and where it is if it is somebody's own.

import { toPath } from "../../paths";
import type { AuditEntry } from "../../wire/generated";

export function targetOf({ action, targetId, targetName }: AuditEntry): { text: string; href?: string } {
  const text = targetName ?? targetId ?? "";
  if (!targetId) return { text };
  const [kind] = action.split(".");
  if (kind === "job") return { text, href: toPath({ page: "job", id: targetId }) };
  if (kind === "robot" && action !== "robot.deleted") {
    return { text, href: toPath({ page: "robot", id: targetId, tab: "overview" }) };
  }
  return { text };
}
