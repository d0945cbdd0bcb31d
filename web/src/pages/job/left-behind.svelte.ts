// What a job leaves behind besides its log: files, pictures among them, and its attempts. Asked for when the page is
// opened, when the attempt changes and when the job has ended. Made by the page of a job, ended with it.

import type { Failure } from "../../wire/failure";
import type { Artifact, Attempt } from "../../wire/generated";
import { rest } from "../../wire/rest";

const shownAsPicture = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

export class LeftBehind {
  artifacts: Artifact[] | undefined = $state.raw();
  attempts: Attempt[] | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  /** Pictures in the order in which they came. */
  readonly pictures = $derived(
    (this.artifacts ?? [])
      .filter(({ mediaType }) => shownAsPicture.has(mediaType))
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt)),
  );
  #abort = new AbortController();

  constructor(readonly jobId: string) {}

  load = (): void => {
    this.#abort.abort();
    this.#abort = new AbortController();
    void this.#load(this.#abort.signal);
  };

  end(): void {
    this.#abort.abort();
  }

  async #load(signal: AbortSignal): Promise<void> {
    const [files, tries] = await Promise.all([rest.artifacts(this.jobId, signal), rest.attempts(this.jobId, signal)]);
    if (signal.aborted) return;
    this.failure = files.ok ? undefined : files.failure;
    if (files.ok) this.artifacts = files.value.items;
    if (tries.ok) this.attempts = tries.value.items;
  }
}
