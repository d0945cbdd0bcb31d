// What the generated message functions need at run time: plural rules, selection and numbers, all by `Intl`.

const language = "en";
const rules = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

type Cases = Record<string, () => string>;

export const number = (value: number): string => numbers.format(value);

export function plural(value: number, cases: Cases): string {
  const chosen = cases[`=${value}`] ?? cases[rules.select(value)] ?? cases.other;
  return chosen ? chosen() : "";
}

export function select(value: string, cases: Cases): string {
  const chosen = Object.hasOwn(cases, value) ? cases[value] : cases.other;
  return chosen ? chosen() : "";
}
