// Listens for jobs that end, for all pages of a signed-in person: counts those that nobody has looked at, and lets a page
// in sight show a notice, or one out of sight ask the browser for one. Made with the room, ended with it.

import { clock } from "../live/clock.svelte";
import { connection } from "../live/connection.svelte";
import { Endings } from "../live/endings";
import { ownHand } from "../live/own-hand";
import type { Room } from "../live/room.svelte";
import { unseen } from "../live/unseen.svelte";
import type { Job } from "../wire/generated";
import { rest } from "../wire/rest";
import { withWords } from "../words/language.svelte";

/** What became of so many jobs is asked for at most, one by one. */
const askedFor = 20;
const notices = () => withWords(import("./notices"));

export function attendEndings(userId: string): { settle: (room: Room) => void; end: () => void } {
  unseen.begin(userId);
  const endings = new Endings(unseen.open);
  const since = clock.read();
  // What ended before this page was opened is counted, and no news.
  let before: ReadonlySet<string> = new Set(unseen.open);

  const hear = (job: Job) => {
    const open = endings.openCount;
    if (endings.hear(job, since)) {
      unseen.add(job);
      if (!before.has(job.id)) void notices().then(({ tellEnd }) => tellEnd(job, userId));
    }
    if (endings.openCount !== open) unseen.keepOpen(endings.open);
  };
  const ends = [
    connection.socket.on("job", ({ job }) => hear(job)),
    connection.socket.on("robot", ({ robot }) => {
      if (robot.deleted && !ownHand.took(robot.id)) void notices().then(({ tellRobotGone }) => tellRobotGone(robot));
    }),
    connection.socket.on("agent", ({ agent }) => {
      if (agent.deleted && !ownHand.took(agent.id))
        void notices().then(({ tellComputerGone }) => tellComputerGone(agent));
    }),
  ];

  return {
    /** After the room was brought up to date: what ended while nothing was heard is asked for. */
    settle: (room) => {
      for (const job of room.open.jobs) hear(job);
      const missing = room.open.more ? [] : endings.missingFrom(room.open.jobs).slice(0, askedFor);
      const asked = missing.map(async (id) => {
        const answer = await rest.job(id);
        if (answer.ok) hear(answer.value);
        else if (answer.failure.status === 404) endings.forget(id);
      });
      void Promise.all(asked).then(() => {
        before = new Set();
        unseen.keepOpen(endings.open);
      });
    },
    end: () => {
      for (const end of ends) end();
      unseen.end();
    },
  };
}
