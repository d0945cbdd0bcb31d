// What a change was made to: its name as it was then, and where it is if it is somebody's own.

import { toPath } from "../../paths";
import type { AuditEntry } from "../../wire/generated";
import { users } from "../../words/generated/users";

const roles: Record<string, () => string> = { owner: users.owner, admin: users.admin, user: users.user };

export function targetOf({ action, targetId, targetName }: AuditEntry): { text: string; href?: string } {
  const text = targetName ?? targetId ?? "";
  const [kind] = action.split(".");
  // An invite has no name; it is told by what its account may do.
  if (kind === "invite" && Object.hasOwn(roles, text)) return { text: roles[text]?.() ?? text };
  if (!targetId) return { text };
  if (kind === "job") return { text, href: toPath({ page: "job", id: targetId }) };
  if (kind === "computer" && action !== "computer.revoked") {
    return { text, href: toPath({ page: "computer", id: targetId }) };
  }
  if (kind === "robot" && action !== "robot.deleted") {
    return { text, href: toPath({ page: "robot", id: targetId, tab: "overview" }) };
  }
  return { text };
}
