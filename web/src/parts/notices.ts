// The sentences of what happened elsewhere: as a notice on a page in sight, or as one of the browser's. Loaded when first
// needed.

import { sight } from "../live/sight.svelte";
import { unseen } from "../live/unseen.svelte";
import { router } from "../router.svelte";
import { toasts } from "../ui/toasts.svelte";
import type { Agent, Job, Robot } from "../wire/generated";
import { notices as t } from "../words/generated/notices";
import { outcomeLine, ranFor } from "../words/outcome";
import { firstLine, isolated } from "../words/text";
import { telling } from "./telling.svelte";

const longest = 160;

export function sentenceOf(job: Job): string {
  const robot = isolated(job.robotName);
  if (job.status === "success") return t.succeeded({ robot });
  if (job.status === "cancelled") return t.cancelled({ robot });
  const message = firstLine(outcomeLine(job), longest);
  return message ? t.failed({ robot, message }) : t.failedOnly({ robot });
}

export async function tellEnd(job: Job, userId: string): Promise<void> {
  if (sight.here) {
    // A page that shows the job has looked at it by now.
    if (!unseen.has(job.id)) return;
    toasts.say(sentenceOf(job), { text: t.show(), run: () => router.go({ page: "job", id: job.id }) });
    return;
  }
  telling.begin(userId);
  if (telling.state !== "on" || (await sight.anywhere())) return;
  const ran = ranFor(job);
  await telling.once(job.id, {
    title: sentenceOf(job),
    body: [t.job({ n: job.number }), job.agentName, ran].filter(Boolean).join(" · "),
    onclick: () => router.go({ page: "job", id: job.id }),
  });
}

export function tellRobotGone({ name }: Robot): void {
  if (sight.here) toasts.say(t.robotDeleted({ robot: isolated(name) }));
}

export function tellComputerGone({ name }: Agent): void {
  if (sight.here) toasts.say(t.computerRevoked({ computer: isolated(name) }));
}
