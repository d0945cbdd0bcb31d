// Connections of the official client, as page and as agent.

import { io } from "socket.io-client";

export const given = JSON.parse(process.argv[2]);

/** Connects, or throws what `connect_error` says. */
export function connect(namespace, options) {
  const socket = io(given.address + namespace, {
    forceNew: true,
    reconnection: false,
    transports: ["websocket"],
    ...options,
  });
  socket.heard = [];
  socket.onAny((name, body) => socket.heard.push([name, body]));
  return new Promise((resolve, reject) => {
    socket.on("connect", () => resolve(socket));
    socket.on("connect_error", (error) => {
      socket.close();
      reject(error);
    });
  });
}

export function page(options = {}) {
  const extraHeaders = { Cookie: given.cookie, Origin: given.address };
  return connect("/web", { auth: { v: 1 }, extraHeaders, ...options });
}

export function agentAuth(changes = {}) {
  const { userId, agentId, key } = given;
  return { v: 1, userId, agentId, key, instance: "one", ...changes };
}

export function agent(changes = {}, options = {}) {
  return connect("/agent", { auth: agentAuth(changes), ...options });
}

/** Sends a message and waits for its acknowledgement. */
export function ask(socket, name, ...body) {
  return socket.timeout(20_000).emitWithAck(name, ...body);
}

/** Waits until `found` gives something. */
export async function until(what, found) {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = found();
    if (value) return value;
    if (Date.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function heard(socket, name, fits = () => true) {
  return until(`${name} on ${socket.nsp}`, () =>
    socket.heard.find(([found, body]) => found === name && fits(body)),
  ).then(([, body]) => body);
}

export function join(socket, changes = {}) {
  return ask(socket, "join", {
    userId: given.userId,
    slots: 1,
    version: "0",
    os: "linux",
    host: "test",
    holding: [],
    ...changes,
  });
}
