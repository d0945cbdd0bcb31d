// What the demo asks of the server, as the page does: a session by one-time link, REST with our
// Origin, and the official Socket.IO client. Reads its task as JSON from stdin.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));

export const write = (line) => process.stdout.write(`${line}\n`);

export async function task() {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

// Ends the process with one sentence; the answer of a door is told with its hint and fields.
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

export function told(error) {
  const fields = (error.fields ?? []).map(({ name, message }) => `\n  ${name}: ${message}`).join("");
  return `${error.message} (${error.code})${fields}${error.hint ? `\nhint: ${error.hint}` : ""}`;
}

// Waits for a condition, asked again and again, with a limit.
export async function until(limitMs, ask) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export async function signIn({ server, link }) {
  const origin = new URL(server).origin;
  let cookie = "";
  async function rest(method, path, body, headers = {}) {
    const isForm = body instanceof FormData || typeof body === "string";
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        origin,
        ...(cookie && { cookie }),
        ...(body !== undefined && !isForm && { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined || isForm ? body : JSON.stringify(body),
    });
    for (const set of answer.headers.getSetCookie()) cookie = set.split(";")[0];
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json");
    const value = isJson && text ? JSON.parse(text) : text;
    if (!answer.ok) {
      const error = isJson ? value : { code: `HTTP ${answer.status}`, message: text.slice(0, 200) };
      throw Object.assign(new Error(`${method} ${path}: ${told(error)}`), { door: error });
    }
    return value;
  }
  const me = await rest("POST", "/session", { link });
  return { me, rest, origin, cookie: () => cookie };
}

// Every item of a list, page by page.
export async function all(rest, path) {
  const items = [];
  for (let cursor = ""; ; ) {
    const page = await rest("GET", `${path}${path.includes("?") ? "&" : "?"}limit=200${cursor}`);
    items.push(...page.items);
    if (!page.nextCursor) return items;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

// The socket of a page: `ask` resolves with the acknowledgement or throws what the server said.
export async function page(session) {
  const { io } = require("socket.io-client");
  const socket = io(`${session.origin}/web`, {
    transports: ["websocket"],
    auth: { v: 1 },
    extraHeaders: { cookie: session.cookie(), origin: session.origin },
  });
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", (error) => reject(new Error(`the socket: ${error.message}`)));
  });
  async function ask(name, message) {
    const answer = await socket.timeout(30_000).emitWithAck(name, message);
    if (!answer.ok) throw new Error(`${name}: ${told(answer.error)}`);
    return answer;
  }
  return { socket, ask };
}
