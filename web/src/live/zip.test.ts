import { expect, test } from "vitest";
import { entryOf, readZip, textOf, unpacked, writeZip, ZipError } from "./zip";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const bytesIn = async (zip: Blob) => new Uint8Array(await zip.arrayBuffer());

test("what was written is read again, byte for byte", async () => {
  const random = crypto.getRandomValues(new Uint8Array(5_000));
  const long = "Log    Hello\n".repeat(1_000);
  const zip = writeZip([
    await entryOf("main.robot", bytesOf(long)),
    await entryOf("Bücher/ä ö.txt", bytesOf("ü")),
    await entryOf("image.bin", random),
    await entryOf("empty", new Uint8Array()),
  ]);
  const entries = readZip(await bytesIn(zip));
  expect(entries.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ["main.robot", long.length],
    ["Bücher/ä ö.txt", 2],
    ["image.bin", 5_000],
    ["empty", 0],
  ]);
  const contents = await Promise.all(entries.map(unpacked));
  expect(textOf(contents[0] ?? random)).toBe(long);
  expect(contents[2]).toEqual(random);
  expect(entries[0]?.packed.length).toBeLessThan(500);
});

test("what nobody changed goes back as it came", async () => {
  const first = readZip(
    await bytesIn(writeZip([await entryOf("a", bytesOf("a".repeat(99))), await entryOf("b", bytesOf("b"))])),
  );
  const changed = await entryOf("b", bytesOf("c"));
  const second = readZip(await bytesIn(writeZip(first.map((entry) => (entry.name === "b" ? changed : entry)))));
  expect(second[0]).toEqual(first[0]);
  expect(textOf((await unpacked(second[1] ?? changed)) ?? new Uint8Array())).toBe("c");
});

test("what is no zip, or one that was cut, is said", async () => {
  const whole = await bytesIn(writeZip([await entryOf("a", bytesOf("a"))]));
  expect(() => readZip(new Uint8Array())).toThrow(ZipError);
  expect(() => readZip(bytesOf("*** Tasks ***"))).toThrow(ZipError);
  expect(() => readZip(whole.slice(20))).toThrow(ZipError);
});

test("bytes that are no text are none", () => {
  expect(textOf(new Uint8Array([0xff, 0xfe]))).toBeUndefined();
  expect(textOf(new Uint8Array([65, 0, 66]))).toBeUndefined();
});
