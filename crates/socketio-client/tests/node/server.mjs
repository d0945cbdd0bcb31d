// The official Socket.IO server for the tests of the client. Its only argument
// is a JSON object of options; it is told what to do by lines of JSON on its
// standard input and tells what happened by lines of JSON on its standard output.
// The key in tls/ is worth nothing: it is for this server on the loopback only.
import { readFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const options = { port: 0, path: "/socket.io/", tls: false, engine: {}, ...JSON.parse(process.argv[2] ?? "{}") };
const file = (name) => readFileSync(new URL(`tls/${name}`, import.meta.url));
const http = options.tls
  ? createHttps({ key: file("key.pem"), cert: file("certificate.pem") })
  : createHttp();
const io = new Server(http, { path: options.path, ...options.engine });
const agents = io.of("/agent");

const tell = (type, more = {}) => process.stdout.write(JSON.stringify({ type, ...more }) + "\n");
let refusing = null;

function refusal(auth) {
  if (refusing !== null) return refusing;
  if (auth?.token === "wrong") return { message: "unauthorized: the token is not known", data: { code: 7 } };
  return null;
}

for (const namespace of [agents, io.of("/")]) {
  namespace.use((socket, next) => {
    const no = refusal(socket.handshake.auth);
    next(no === null ? undefined : Object.assign(new Error(no.message), { data: no.data }));
  });
  namespace.on("connection", (socket) => {
    const { auth, headers } = socket.handshake;
    tell("connected", { sid: socket.id, auth, agent: headers["user-agent"] ?? null });
    socket.on("disconnect", (reason) => tell("disconnected", { sid: socket.id, reason }));
    socket.on("echo", (...given) => given.pop()(...given));
    // Answers in another order than that of the questions.
    socket.on("echo later", (value, answer) => setTimeout(answer, Math.random() * 200, value));
    socket.on("never", () => {});
    socket.on("none", (answer) => answer());
    socket.on("count", (upTo) => {
      for (let n = 0; n < upTo; n++) socket.emit("n", n);
    });
    socket.on("big", (bytes) => socket.emit("big", "x".repeat(bytes)));
    socket.on("binary", () => socket.emit("binary", Buffer.from([1, 2, 3])));
    socket.onAny((name, ...given) => {
      if (name.startsWith("told")) tell("told", { name, given: given.filter((one) => typeof one !== "function") });
    });
  });
}

const orders = {
  // Only this namespace: the transport stays open, as when an application disconnects a socket.
  kick: () => agents.disconnectSockets(),
  close: () => io.close(),
  refuse: ({ refusal }) => void (refusing = refusal),
  emit: ({ name, given }) => agents.emit(name, ...given),
  ask: ({ name, given }) => {
    for (const socket of agents.sockets.values()) {
      socket.timeout(10_000).emit(name, ...given, (error, ...answer) =>
        tell("answered", { error: error?.message ?? null, answer }));
    }
  },
  sockets: () => tell("sockets", { count: agents.sockets.size }),
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order = JSON.parse(line);
    orders[order.do](order);
  })
  .on("close", () => process.exit(0));
http.listen(options.port, "127.0.0.1", () => tell("listening", { port: http.address().port }));
