// What the page says of a password before the server does. The server has the longer list and the last word.

import { welcome as t } from "./generated/welcome";

const shortest = 12;
const common = new Set([
  "password1234",
  "passwordpassword",
  "123456789012",
  "1234567890123",
  "qwertyuiop12",
  "qwertyuiopas",
  "administrator",
  "letmeinletmein",
  "iloveyouiloveyou",
  "111111111111",
  "000000000000",
  "abcdefghijkl",
  "abcd1234abcd",
]);

export function passwordProblem(password: string): string | undefined {
  if ([...password].length < shortest) return t.passwordShort({ n: shortest });
  return common.has(password.toLowerCase()) ? t.passwordCommon() : undefined;
}
