import { expect, test } from "vitest";
import { waitingWords } from "./waiting";

const job = { robotId: "r" };
const words = (code: string, args: Record<string, string | number> = {}, message = "the server's words") =>
  waitingWords({ code, message, args }, job);

test("each code has its sentence and its button", () => {
  expect(words("no_agent")).toEqual({
    sentence: "You have paired no computer yet.",
    button: { text: "Pair a computer", to: { page: "computers", pair: true } },
  });
  expect(words("label_missing", { label: "sap" }).sentence).toBe("No computer has the label sap.");
  expect(words("slots_busy", { n: 2, computer: "A" }).sentence).toBe("All 2 slots are busy.");
  expect(words("queued_behind", { n: 1 }).sentence).toBe("One job is before this one.");
  expect(words("agent_paused", { computer: "A", agentId: "a" }).button?.resume).toBe("a");
  expect(words("wanted_removed", { computer: "A" }).button?.elsewhere).toBe(true);
  expect(words("declined", { computer: "A", reason: "disk_full", until: "2026-11-24T08:00:00Z" }).sentence).toMatch(
    /^A did not take it: its disk is full\. It is asked again at /,
  );
});

test("an unknown code, and one without its arguments, shows the server's message", () => {
  expect(words("of_tomorrow")).toEqual({ sentence: "The server's words." });
  expect(words("offered").sentence).toBe("The server's words.");
  expect(words("agents_offline").sentence).toBe("The server's words.");
});

test("a label that the wanted computer lacks is told by the server, which names it", () => {
  const why = { code: "label_missing", message: "A does not have the label sap", args: { label: "sap" } };
  expect(waitingWords(why, { robotId: "r", wantedAgentId: "a" }).sentence).toBe("A does not have the label sap.");
});
