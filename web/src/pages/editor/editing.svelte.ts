// The files of one robot while they are edited: what was saved, what stands there now, and what is sent. A robot of one
// text becomes a package as soon as it has a second file.

import { entryOf, readZip, textOf, unpacked, writeZip, type ZipEntry, ZipError } from "../../live/zip";
import { type Answer, type Failure, unreadable } from "../../wire/failure";
import type { CheckResult, Robot } from "../../wire/generated";
import type { Content, Rest } from "../../wire/rest";
import { type EditorState, stateOf, type Text } from "./code";
import type { Draft } from "./draft";

/** The name of the one text of a robot that is no package. */
export const soleName = "main.robot";

export class EditedFile {
  removed = $state(false);
  isNew = $state(false);
  /** The text now; absent while nobody opened it, and for what is no text. */
  text: Text | undefined = $state.raw();
  #saved: Text | undefined = $state.raw();
  /** What CodeMirror holds of it while it is not on the screen: cursor, history. */
  state: EditorState | undefined;

  constructor(
    readonly name: string,
    /** As in the saved version; absent: it is new, or the text of a robot that is no package. */
    public entry: ZipEntry | undefined,
    isNew: boolean,
  ) {
    this.isNew = isNew;
  }

  get edited(): boolean {
    return this.text !== undefined && !(this.#saved?.eq(this.text) ?? false);
  }

  get changed(): boolean {
    return this.removed || this.isNew || this.edited;
  }

  begin(state: EditorState): void {
    this.state = state;
    this.text = state.doc;
    this.#saved = state.doc;
  }

  /** Another text in place of the present one, while it is not on the screen. */
  replace(text: string): void {
    if (!this.state) return;
    this.state = this.state.update({ changes: { from: 0, to: this.state.doc.length, insert: text } }).state;
    this.text = this.state.doc;
  }

  /** What was sent is what is saved; what was typed meanwhile stays unsaved. */
  settle(sent: Sent): void {
    this.isNew = false;
    this.entry = sent.entry;
    this.#saved = sent.text;
  }
}

interface Sent {
  file: EditedFile;
  text: Text | undefined;
  entry: ZipEntry;
}

export class Editing {
  robot: Robot | undefined = $state.raw();
  failure: Failure | undefined = $state.raw();
  files: EditedFile[] = $state.raw([]);
  shown: EditedFile | undefined = $state.raw();
  /** Grows when texts were replaced from outside: the view begins anew. */
  turn = $state(0);
  /** The version that this work began as. */
  basedOn = $state(0);
  isPackage = $state(false);
  #name = "";
  readonly dirty: boolean = $derived(this.files.some((file) => file.changed));

  constructor(
    readonly rest: Rest,
    readonly robotId: string,
    readonly labelOf: (file: string, robot: string) => string,
    readonly onchange: () => void,
  ) {}

  async load(): Promise<void> {
    this.failure = undefined;
    const answer = await this.rest.robot(this.robotId);
    if (!answer.ok) {
      this.failure = answer.failure;
      return;
    }
    const content = await this.rest.content(this.robotId, answer.value.version);
    if (!content.ok) {
      this.failure = content.failure;
      return;
    }
    await this.#take(answer.value, content.value);
  }

  async #take(robot: Robot, content: Content): Promise<void> {
    this.#name = robot.name;
    try {
      if ("text" in content) {
        const file = new EditedFile(soleName, undefined, false);
        this.#open(file, content.text);
        this.files = [file];
        this.isPackage = false;
      } else {
        this.files = readZip(new Uint8Array(await content.zip.arrayBuffer())).map(
          (entry) => new EditedFile(entry.name, entry, false),
        );
        this.isPackage = true;
      }
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      this.failure = unreadable(error.message);
      return;
    }
    this.basedOn = robot.version;
    const main = this.main;
    if (main) await this.show(main);
    this.robot = robot;
  }

  /** The file that is run, by the rule of packages: `main.robot`, or the only robot at the top. */
  get main(): EditedFile | undefined {
    const standing = this.files.filter((file) => !file.removed);
    return (
      standing.find((file) => file.name === soleName) ??
      standing.find((file) => !file.name.includes("/") && /\.robot$/i.test(file.name))
    );
  }

  /** Shows a file; one that is no text is named and not shown. */
  async show(file: EditedFile): Promise<void> {
    if (!file.state && file.entry) {
      const text = textOf(await unpacked(file.entry));
      if (text !== undefined) this.#open(file, text);
    }
    this.shown = file;
  }

  file(name: string): EditedFile | undefined {
    return this.files.find((file) => file.name === name);
  }

  /** A new text file. */
  add(name: string, text = ""): EditedFile {
    const file = new EditedFile(name, undefined, true);
    this.#open(file, text);
    this.#put(file);
    return file;
  }

  /** A file of this computer; it takes the place of one with its name. */
  async addFile(chosen: File, name = chosen.name): Promise<EditedFile> {
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    const file = new EditedFile(name, await entryOf(name, bytes), true);
    const text = textOf(bytes);
    if (text !== undefined) this.#open(file, text);
    this.#put(file);
    return file;
  }

  remove(file: EditedFile): void {
    if (file.isNew) this.files = this.files.filter((other) => other !== file);
    else file.removed = true;
    if (this.shown === file) this.shown = this.main;
    this.onchange();
  }

  putBack(file: EditedFile): void {
    file.removed = false;
    this.onchange();
  }

  async check(): Promise<Answer<CheckResult>> {
    const { content } = await this.#content();
    return "text" in content ? this.rest.checkSource(content.text) : this.rest.checkPackage(content.zip);
  }

  async save(basedOn: number, note: string | undefined): Promise<Answer<Robot>> {
    const { content, sent } = await this.#content();
    const answer = await this.rest.saveContent(this.robotId, content, { basedOn, note });
    if (!answer.ok) return answer;
    for (const one of sent) one.file.settle(one);
    this.files = this.files.filter((file) => !file.removed);
    this.isPackage = "zip" in content;
    this.basedOn = answer.value.version;
    this.robot = answer.value;
    return answer;
  }

  /** All files as they would be saved. */
  async entries(): Promise<ZipEntry[]> {
    return (await this.#content()).sent.map((one) => one.entry);
  }

  draft(at: number): Draft {
    const changed = this.files.filter((file) => file.changed);
    const texts = changed.flatMap((file) => (file.removed || !file.text ? [] : [[file.name, file.text.toString()]]));
    return {
      at,
      basedOn: this.basedOn,
      texts: Object.fromEntries(texts),
      removed: changed.filter((file) => file.removed).map(({ name }) => name),
    };
  }

  /** Puts a draft over what was saved. */
  async adopt(draft: Draft): Promise<void> {
    this.basedOn = draft.basedOn;
    for (const [name, text] of Object.entries(draft.texts)) {
      const file = this.file(name);
      if (!file) {
        this.add(name, text);
        continue;
      }
      await this.show(file);
      file.replace(text);
    }
    for (const name of draft.removed) {
      const file = this.file(name);
      if (file) this.remove(file);
    }
    const main = this.main;
    if (main) await this.show(main);
    this.turn += 1;
  }

  #open(file: EditedFile, text: string): void {
    file.begin(
      stateOf(text, {
        name: file.name,
        label: this.labelOf(file.name, this.#name),
        onchange: (now) => {
          file.text = now;
          this.onchange();
        },
      }),
    );
  }

  #put(file: EditedFile): void {
    this.files = [...this.files.filter((other) => other.name !== file.name), file].sort((a, b) =>
      a.name.localeCompare(b.name),
    );
    this.shown = file;
    this.onchange();
  }

  async #content(): Promise<{ content: Content; sent: Sent[] }> {
    const sent = await Promise.all(this.files.filter((file) => !file.removed).map(snapshot));
    const sole = sent.length === 1 ? sent[0] : undefined;
    const plain = !this.isPackage && sole?.file.name === soleName && sole.text;
    const content = plain ? { text: plain.toString() } : { zip: writeZip(sent.map((one) => one.entry)) };
    return { content, sent };
  }
}

async function snapshot(file: EditedFile): Promise<Sent> {
  const { text } = file;
  if (file.entry && !(text && file.edited)) return { file, text, entry: file.entry };
  return { file, text, entry: await entryOf(file.name, new TextEncoder().encode(text?.toString() ?? "")) };
}
