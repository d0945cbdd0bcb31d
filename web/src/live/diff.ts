// What changed between two texts, line by line: the shortest way by Myers' method, with the unchanged far from a change
// folded away.

export type DiffLine =
  | { kind: "same"; text: string; left: number; right: number }
  | { kind: "removed"; text: string; left: number }
  | { kind: "added"; text: string; right: number }
  | { kind: "fold"; count: number };

const context = 3;
/** Beyond so many differences the way is not the shortest any more: everything goes and everything comes. */
const mostEdits = 4_000;

export function diff(before: string, after: string): DiffLine[] {
  const left = before.split("\n");
  const right = after.split("\n");
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  ) {
    tail += 1;
  }
  const lines: DiffLine[] = [];
  for (let at = 0; at < head; at += 1) lines.push({ kind: "same", text: left[at] ?? "", left: at + 1, right: at + 1 });
  lines.push(...middle(left.slice(head, left.length - tail), right.slice(head, right.length - tail), head));
  for (let at = tail; at > 0; at -= 1) {
    lines.push({
      kind: "same",
      text: left[left.length - at] ?? "",
      left: left.length - at + 1,
      right: right.length - at + 1,
    });
  }
  return folded(lines);
}

function middle(left: string[], right: string[], offset: number): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = 0;
  let y = 0;
  const remove = () => {
    lines.push({ kind: "removed", text: left[x] ?? "", left: offset + x + 1 });
    x += 1;
  };
  const add = () => {
    lines.push({ kind: "added", text: right[y] ?? "", right: offset + y + 1 });
    y += 1;
  };
  for (const [toX, toY] of matches(left, right)) {
    while (x < toX) remove();
    while (y < toY) add();
    lines.push({ kind: "same", text: left[x] ?? "", left: offset + x + 1, right: offset + y + 1 });
    x += 1;
    y += 1;
  }
  while (x < left.length) remove();
  while (y < right.length) add();
  return lines;
}

/** Pairs of places that stay, in order. */
function matches(left: string[], right: string[]): [number, number][] {
  const most = Math.min(left.length + right.length, mostEdits);
  const size = 2 * most + 1;
  const far = new Int32Array(size + 2);
  const trail: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    trail.push(far.slice());
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && (far[most + k - 1] ?? 0) < (far[most + k + 1] ?? 0));
      let x = down ? (far[most + k + 1] ?? 0) : (far[most + k - 1] ?? 0) + 1;
      let y = x - k;
      while (x < left.length && y < right.length && left[x] === right[y]) {
        x += 1;
        y += 1;
      }
      far[most + k] = x;
      if (x >= left.length && y >= right.length) return back(trail, edits, left.length, right.length, most);
    }
  }
  return [];
}

function back(trail: Int32Array[], edits: number, width: number, height: number, most: number): [number, number][] {
  const pairs: [number, number][] = [];
  let x = width;
  let y = height;
  for (let step = edits; step >= 0; step -= 1) {
    const far = trail[step];
    if (!far) break;
    const k = x - y;
    const down = k === -step || (k !== step && (far[most + k - 1] ?? 0) < (far[most + k + 1] ?? 0));
    const before = down ? k + 1 : k - 1;
    const toX = step === 0 ? 0 : (far[most + before] ?? 0);
    const toY = step === 0 ? 0 : toX - before;
    while (x > toX && y > toY) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    x = toX;
    y = toY;
  }
  return pairs.reverse();
}

function folded(lines: DiffLine[]): DiffLine[] {
  const near = new Array<boolean>(lines.length).fill(false);
  lines.forEach((line, at) => {
    if (line.kind !== "same") near.fill(true, Math.max(0, at - context), at + context + 1);
  });
  const result: DiffLine[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (!line) continue;
    const last = result[result.length - 1];
    if (near[at]) result.push(line);
    else if (last?.kind === "fold") last.count += 1;
    else result.push({ kind: "fold", count: 1 });
  }
  return result;
}

export type DiffRow = { fold: number } | { left: DiffLine | undefined; right: DiffLine | undefined };

/** The same lines side by side: what went stands beside what came in its place. */
export function beside(lines: readonly DiffLine[]): DiffRow[] {
  const rows: DiffRow[] = [];
  let went: DiffLine[] = [];
  let came: DiffLine[] = [];
  const flush = () => {
    for (let at = 0; at < Math.max(went.length, came.length); at += 1) rows.push({ left: went[at], right: came[at] });
    went = [];
    came = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") went.push(line);
    else if (line.kind === "added") came.push(line);
    else {
      flush();
      rows.push(line.kind === "fold" ? { fold: line.count } : { left: line, right: line });
    }
  }
  flush();
  return rows;
}
