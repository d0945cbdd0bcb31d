// Adds the sample robots, or a new version of one whose file has changed since it was added, and
// waits until a computer is online. Answers with one line of JSON.
import { readFileSync } from "node:fs";
import { all, fail, signIn, task, until, write } from "./client.mjs";

const ONLINE_LIMIT_MS = 60_000;

// {server, link, samples: [{name, description, file, package, digest}], known: {name: digest}}
async function main() {
  const given = await task();
  const session = await signIn(given);
  const { me, rest } = session;
  const robots = await all(rest, `/users/${me.userId}/robots`);
  const known = {};
  let added = 0;
  for (const sample of given.samples) {
    const there = robots.find(({ name }) => name.toLowerCase() === sample.name.toLowerCase());
    if (!there) {
      await add(session, sample);
      added += 1;
    } else if (given.known[sample.name] !== undefined && given.known[sample.name] !== sample.digest) {
      await rest("PUT", `/robots/${there.id}/source?note=${encodeURIComponent("the sample has changed")}`, content(sample), {
        "content-type": sample.package ? "application/zip" : "text/plain; charset=utf-8",
      });
      added += 1;
    }
    known[sample.name] = sample.digest;
  }
  const agent = await until(ONLINE_LIMIT_MS, async () => {
    const agents = await all(rest, "/agents");
    return agents.find(({ state }) => state === "online");
  });
  if (!agent) fail(`no computer came online within ${ONLINE_LIMIT_MS / 1000} s`);
  write(JSON.stringify({ added, known, computer: agent.name }));
}

const content = ({ file, package: isPackage }) =>
  isPackage ? new Blob([readFileSync(file)]) : readFileSync(file, "utf8");

async function add({ me, rest }, sample) {
  let body = { name: sample.name, source: content(sample) };
  if (sample.package) {
    body = new FormData();
    body.append("name", sample.name);
    body.append("package", new Blob([readFileSync(sample.file)], { type: "application/zip" }), "package.zip");
  }
  const robot = await rest("POST", `/users/${me.userId}/robots`, body);
  await rest("PATCH", `/robots/${robot.id}`, { description: sample.description });
}

main().catch((error) => fail(error.message));
