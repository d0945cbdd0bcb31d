import { beforeAll, expect, test } from "vitest";
import { language } from "../../words/language.svelte";
import { whereOf } from "./where";

const agent = (name: string, ...labels: string[]) => ({ id: `id of ${name}`, name, labels });

beforeAll(() => language.start());

test("any computer, a single one, one of several with a label, none that fits, none at all", () => {
  const [one, other] = [agent("FINANCE-2", "sap", "excel"), agent("RECEPTION-PC", "sap")];
  expect(whereOf({ labels: [] }, [one, other]).text).toBe("any computer");
  expect(whereOf({ labels: [] }, [one]).text).toBe("FINANCE-2");
  expect(whereOf({ labels: ["excel"] }, [one, other]).text).toBe("FINANCE-2");
  expect(whereOf({ labels: ["sap"] }, [one, other]).text).toBe("label sap");
  expect(whereOf({ labels: ["excel", "web"] }, [one, other])).toEqual({
    text: "no computer fits",
    missing: "No computer has: excel, web.",
  });
  expect(whereOf({ labels: [] }, []).text).toBe("no computer yet");
});

test("the one that was chosen for it, as long as it fits", () => {
  const [one, other] = [agent("FINANCE-2", "sap"), agent("RECEPTION-PC")];
  expect(whereOf({ labels: [] }, [one, other], other.id).text).toBe("RECEPTION-PC");
  expect(whereOf({ labels: ["sap"] }, [one, other], other.id).text).toBe("FINANCE-2");
  expect(whereOf({ labels: [] }, [one, other], "gone").text).toBe("any computer");
});
