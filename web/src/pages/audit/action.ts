// What the server calls a change, in words. A change that this page does not know is shown by its own name.

import { actions as t } from "../../words/generated/actions";

// The keys are codes of actions, with an underscore for the dot.
const words: Record<string, () => string> = {
  "account.made": t.account_made,
  "account.changed": t.account_changed,
  "session.opened": t.session_opened,
  "session.closed": t.session_closed,
  "session.ended": t.session_ended,
  "token.made": t.token_made,
  "token.revoked": t.token_revoked,
  "user.changed": t.user_changed,
  "invite.made": t.invite_made,
  "invite.revoked": t.invite_revoked,
  "robot.made": t.robot_made,
  "robot.changed": t.robot_changed,
  "robot.deleted": t.robot_deleted,
  "robot.saved": t.robot_saved,
  "job.played": t.job_played,
  "job.cancelled": t.job_cancelled,
  "computer.enrolled": t.computer_enrolled,
  "computer.checked": t.computer_checked,
  "computer.changed": t.computer_changed,
  "computer.revoked": t.computer_revoked,
  "pairing.approved": t.pairing_approved,
  "pairing.denied": t.pairing_denied,
  "enrolment.made": t.enrolment_made,
  "enrolment.revoked": t.enrolment_revoked,
};

export const actionNames: readonly string[] = Object.keys(words);

export function actionWord(name: string): string {
  return Object.hasOwn(words, name) ? (words[name]?.() ?? name) : name;
}
