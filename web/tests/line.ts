// A connection to the server that can be cut, frozen and mended.

import { connect, createServer, type Server as NetServer, type Socket as NetSocket } from "node:net";

/** A connection to the server that can be cut, frozen and mended. */
export class Line {
  url = "";
  readonly #pairs = new Set<[NetSocket, NetSocket]>();
  #server: NetServer | undefined;
  #cut = false;
  #frozen = false;
  #deaf = false;

  static async to(port: number): Promise<Line> {
    const line = new Line();
    line.#server = createServer((near) => line.#open(near, port));
    await new Promise<void>((resolve) => line.#server?.listen(0, "127.0.0.1", resolve));
    const address = line.#server.address();
    if (typeof address !== "object" || !address) throw new Error("no address");
    line.url = `http://127.0.0.1:${address.port}`;
    return line;
  }

  #open(near: NetSocket, port: number): void {
    near.on("error", () => {});
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    far.on("error", () => near.destroy());
    const pair: [NetSocket, NetSocket] = [near, far];
    this.#pairs.add(pair);
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => near.write(data));
    const close = () => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    near.on("close", close);
    far.on("close", close);
    if (this.#frozen) this.#hold(pair);
    else if (this.#deaf) far.pause();
  }

  #hold([near, far]: [NetSocket, NetSocket]): void {
    near.pause();
    far.pause();
  }

  /** Closes what is open and refuses what comes. */
  cut(): void {
    this.#cut = true;
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.#frozen = true;
    for (const pair of this.#pairs) this.#hold(pair);
  }

  /** What is said to the server passes; what the server says is held back. */
  holdAnswers(): void {
    this.#deaf = true;
    for (const [, far] of this.#pairs) far.pause();
  }

  mend(): void {
    this.#cut = false;
    this.#frozen = false;
    this.#deaf = false;
    for (const [near, far] of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  close(): void {
    this.cut();
    this.#server?.close();
  }
}
