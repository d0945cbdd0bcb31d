// The server drains: both kinds of clients are told, and their connections end.

import assert from "node:assert/strict";
import { agent, heard, join, page, until } from "./clients.mjs";

const web = await page();
const worker = await agent();
await join(worker);
console.log("connected");
for (const socket of [web, worker]) {
  assert.equal((await heard(socket, "goodbye")).reason, "draining");
  await until("the connection ends", () => socket.disconnected);
}
console.log("{}");
process.exit(0);
