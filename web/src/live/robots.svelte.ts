// The list of robots of one user. Made by the page of robots, ended with it.

import type { Answer, Failure } from "../wire/failure";
import type { Robot } from "../wire/generated";
import type { Rest } from "../wire/rest";
import type { Socket } from "../wire/socket";
import { Held } from "./held";
import { ownHand } from "./own-hand";

export class Robots {
  /** Undefined until first loaded. */
  items: Robot[] | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  readonly #held = new Held<Robot>();
  #turn = 0;
  readonly #end: () => void;

  constructor(
    readonly rest: Rest,
    socket: Socket,
    readonly userId: string,
  ) {
    this.#end = socket.on("robot", ({ robot }) => this.adopt(robot));
  }

  async sync(): Promise<void> {
    const turn = ++this.#turn;
    this.#held.begin();
    const answer = await this.rest.robots(this.userId);
    if (turn !== this.#turn) return;
    if (answer.ok) {
      this.#held.finish(answer.value.items);
      this.failure = undefined;
      this.items = this.#held.all();
    } else this.failure = answer.failure;
  }

  adopt(robot: Robot): void {
    if (this.#held.adopt(robot) && this.items) this.items = this.#held.all();
  }

  /** Shows the star at once; a refusal puts it back and is returned. */
  async star(robot: Robot, favourite: boolean): Promise<Answer<Robot>> {
    this.#mark(robot.id, favourite);
    const answer = await this.rest.patchRobot(robot.id, { favourite });
    if (answer.ok) this.adopt(answer.value);
    else this.#mark(robot.id, !favourite);
    return answer;
  }

  async remove(robot: Robot): Promise<Answer<void>> {
    ownHand.takes(robot.id);
    const answer = await this.rest.deleteRobot(robot.id);
    if (answer.ok || answer.failure.status === 404) {
      this.#held.remove(robot.id);
      this.items = this.#held.all();
    }
    return answer;
  }

  end(): void {
    this.#turn += 1;
    this.#end();
  }

  #mark(id: string, favourite: boolean): void {
    this.items = this.items?.map((robot) => (robot.id === id ? { ...robot, favourite } : robot));
  }
}
