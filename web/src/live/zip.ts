// Reads and writes the zip of a robot package in the browser, so that its files can be looked at and changed. What the
// server took is no bomb and names no path outside itself; here a file is unpacked only when somebody opens it, and what
// nobody changed goes back as the bytes that came. Zip64 is not read: a package has at most 50 MiB.

export interface ZipEntry {
  name: string;
  sizeBytes: number;
  /** Of the unpacked bytes: two entries with one checksum and size are the same file. */
  crc: number;
  method: number;
  packed: Uint8Array<ArrayBuffer>;
  unixMode: number;
}

export class ZipError extends Error {}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const fileSignature = 0x04034b50;
const stored = 0;
const deflated = 8;
const plainFile = 0o100644;
const utf8Flag = 0x800;

/** The files of a zip in its order; folders are left out. */
export function readZip(bytes: Uint8Array<ArrayBuffer>): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== entrySignature) throw new ZipError("list of entries");
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const packedSize = view.getUint32(at + 20, true);
    const local = view.getUint32(at + 42, true);
    if (local + 30 > bytes.length || view.getUint32(local, true) !== fileSignature) throw new ZipError(name);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + packedSize > bytes.length) throw new ZipError(name);
    if (!name.endsWith("/")) {
      entries.push({
        name,
        sizeBytes: view.getUint32(at + 24, true),
        crc: view.getUint32(at + 16, true),
        method: view.getUint16(at + 10, true),
        packed: bytes.subarray(start, start + packedSize),
        unixMode: view.getUint16(at + 40, true),
      });
    }
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

export async function unpacked(entry: ZipEntry): Promise<Uint8Array<ArrayBuffer>> {
  if (entry.method === stored) return entry.packed;
  if (entry.method !== deflated) throw new ZipError(entry.name);
  return through(entry.packed, new DecompressionStream("deflate-raw"));
}

export async function entryOf(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<ZipEntry> {
  const smaller = await through(bytes, new CompressionStream("deflate-raw"));
  const packs = smaller.length < bytes.length;
  return {
    name,
    sizeBytes: bytes.length,
    crc: crc32(bytes),
    method: packs ? deflated : stored,
    packed: packs ? smaller : bytes,
    unixMode: plainFile,
  };
}

export function writeZip(entries: readonly ZipEntry[]): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const list: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name);
    const head = new DataView(new ArrayBuffer(30));
    head.setUint32(0, fileSignature, true);
    describe(head, 4, entry, name.length);
    const item = new DataView(new ArrayBuffer(46));
    item.setUint32(0, entrySignature, true);
    item.setUint16(4, (3 << 8) | 20, true);
    describe(item, 6, entry, name.length);
    item.setUint16(40, entry.unixMode, true);
    item.setUint32(42, offset, true);
    parts.push(new Uint8Array(head.buffer), name, entry.packed);
    list.push(new Uint8Array(item.buffer), name);
    offset += 30 + name.length + entry.packed.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, endSignature, true);
  end.setUint16(8, entries.length, true);
  end.setUint16(10, entries.length, true);
  end.setUint32(
    12,
    list.reduce((sum, { length }) => sum + length, 0),
    true,
  );
  end.setUint32(16, offset, true);
  return new Blob([...parts, ...list, new Uint8Array(end.buffer)], { type: "application/zip" });
}

/** The bytes as text, or nothing if they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What both heads of a file say, from the version that is needed to unpack it. */
function describe(head: DataView, at: number, entry: ZipEntry, nameLength: number): void {
  head.setUint16(at, 20, true);
  head.setUint16(at + 2, utf8Flag, true);
  head.setUint16(at + 4, entry.method, true);
  // 1 January 1980: a zip has no time zone, and when a file was saved stands in the list of versions.
  head.setUint32(at + 6, 0x00210000, true);
  head.setUint32(at + 10, entry.crc, true);
  head.setUint32(at + 14, entry.packed.length, true);
  head.setUint32(at + 18, entry.sizeBytes, true);
  head.setUint16(at + 22, nameLength, true);
}

function endOf(view: DataView): number {
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= first; at -= 1) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  throw new ZipError("end of the zip");
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: GenericTransformStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

let table: Uint32Array | undefined;

function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
