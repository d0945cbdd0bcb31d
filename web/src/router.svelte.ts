// The address now: history, place, focus. Pages read `router.route`; they change it only by `go` and `replace`.

import { fromPath, type Route, toPath } from "./paths";

/** True: may leave. False: the page asks the person and calls `leave` if the answer is yes. */
export type Guard = (leave: () => void) => boolean;

class Router {
  route: Route = $state.raw(fromPath(location.pathname + location.search));
  /** Grows with each move to another page; the frame moves focus and scroll when it does. */
  moves = $state(0);
  /** Where to scroll once the page stands: set by Back, 0 otherwise. */
  place = 0;
  /** The one-time token of a door, taken out of the address before anything else runs; never in history or a request line. */
  readonly token: string | undefined;
  /** The server has another build of the page: the next move loads it. */
  stale = false;
  #guard: Guard | undefined;
  #arrived = -1;

  constructor() {
    history.scrollRestoration = "manual";
    const token = location.hash.slice(1);
    if (["welcome", "signIn", "invite"].includes(this.route.page) && token) {
      this.token = decodeURIComponent(token);
      history.replaceState({}, "", location.pathname + location.search);
    }
    addEventListener("popstate", (event) => {
      const route = fromPath(location.pathname + location.search);
      if (this.#guard && !this.#guard(() => this.#leave(route))) {
        history.pushState({}, "", toPath(this.route));
        return;
      }
      this.#show(route, Number(event.state?.place ?? 0));
    });
    addEventListener("click", (event) => this.#click(event));
    addEventListener("scrollend", () => this.#keepPlace());
  }

  go(route: Route): void {
    if (this.#guard && !this.#guard(() => this.#leave(route))) return;
    if (this.stale) {
      location.assign(toPath(route));
      return;
    }
    this.#keepPlace();
    history.pushState({}, "", toPath(route));
    this.#show(route, 0);
  }

  /** Changes what the address says of this page without a step in history or a change of focus. */
  replace(route: Route): void {
    history.replaceState(history.state, "", toPath(route));
    this.route = route;
  }

  /** A form with unsaved work is asked before each move, until the returned function is called. */
  guard(mayLeave: Guard): () => void {
    this.#guard = mayLeave;
    return () => {
      if (this.#guard === mayLeave) this.#guard = undefined;
    };
  }

  #leave(route: Route): void {
    this.#guard = undefined;
    this.go(route);
  }

  /** Called by a page that stands: moves focus and place there, once for each move. */
  arrive(heading: HTMLElement): void {
    if (this.#arrived === this.moves) return;
    const first = this.#arrived < 0;
    this.#arrived = this.moves;
    if (first) return;
    heading.focus({ preventScroll: true });
    const { place, moves } = this;
    const until = performance.now() + 1_500;
    scrollTo(0, place);
    // After Back the page grows as its parts load; the place is kept until it can be reached.
    const settle = () => {
      if (moves !== this.moves || performance.now() > until) return;
      if (scrollY < place) {
        scrollTo(0, place);
        requestAnimationFrame(settle);
      }
    };
    if (place > 0) requestAnimationFrame(settle);
  }

  #show(route: Route, place: number): void {
    this.place = place;
    this.route = route;
    this.moves += 1;
  }

  #keepPlace(): void {
    history.replaceState({ ...history.state, place: scrollY }, "");
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname.startsWith("/api/") || link.hash) return;
    event.preventDefault();
    this.go(fromPath(link.pathname + link.search));
  }
}

export const router = new Router();
