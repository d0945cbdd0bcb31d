// Many clients that speak directly after `connect`: nobody is missed.

import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { given } from "./clients.mjs";

const answered = await Promise.all(
  Array.from({ length: given.clients }, (_, i) => {
    const socket = io(`${given.address}/web`, {
      forceNew: true,
      reconnection: true,
      transports: [i % 4 === 0 ? "polling" : "websocket"],
      auth: { v: 1, token: given.token },
    });
    return new Promise((resolve) => {
      socket.once("connect", () => {
        socket.emit("join", { userId: given.userId }, (answer) => {
          socket.close();
          resolve(answer.ok);
        });
      });
      setTimeout(() => resolve(false), 45_000).unref();
    });
  }),
);
assert.equal(answered.filter((ok) => ok).length, given.clients);
console.log("{}");
process.exit(0);
