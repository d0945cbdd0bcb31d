import { expect, test, vi } from "vitest";
import type { Pairing } from "../wire/generated";
import type { Rest } from "../wire/rest";
import type { Socket } from "../wire/socket";
import type { Room as RoomType } from "./room.svelte";

// The clock of the page listens to whether it is seen.
vi.stubGlobal("document", { addEventListener: () => {}, visibilityState: "visible" });
const { Room } = await import("./room.svelte");

const none = async () => ({ ok: true, value: { items: [] } });

/** A room whose server answers the question for pairings when the test says so. */
function asked(): { room: RoomType; answer: (items: Pairing[]) => void } {
  let answer: (items: Pairing[]) => void = () => {};
  const list = new Promise((resolve) => {
    answer = (items) => resolve({ ok: true, value: { items } });
  });
  const rest = { agents: none, jobs: none, pairings: () => list } as unknown as Rest;
  return { room: new Room(rest, { on: () => () => {} } as unknown as Socket), answer };
}

const pairing = (state: string): Pairing =>
  ({
    id: "p",
    state,
    createdAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
  }) as Pairing;

test("a pairing that is told while the list is on its way stays, though the list does not have it yet", async () => {
  const { room, answer } = asked();
  const synced = room.sync();
  room.adoptPairing(pairing("pending"));
  answer([]);
  await synced;
  expect(room.pairings.map(({ id }) => id)).toEqual(["p"]);
});

test("a pairing that was answered while the list is on its way does not come back with it", async () => {
  const { room, answer } = asked();
  room.adoptPairing(pairing("pending"));
  const synced = room.sync();
  room.adoptPairing(pairing("denied"));
  answer([pairing("pending")]);
  await synced;
  expect(room.pairings).toEqual([]);
  expect(room.endings.map(({ state }) => state)).toEqual(["denied"]);
});
