// What the messages of a language need at run time: plural rules, selection and numbers, all by `Intl`.

type Cases = Record<string, () => string>;

export interface Helpers {
  number: (value: number) => string;
  plural: (value: number, cases: Cases) => string;
  select: (value: string, cases: Cases) => string;
}

export function helpersOf(locale: string): Helpers {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return {
    number: (value) => numbers.format(value),
    plural: (value, cases) => {
      const chosen = cases[`=${value}`] ?? cases[rules.select(value)] ?? cases.other;
      return chosen ? chosen() : "";
    },
    select: (value, cases) => {
      const chosen = Object.hasOwn(cases, value) ? cases[value] : cases.other;
      return chosen ? chosen() : "";
    },
  };
}
