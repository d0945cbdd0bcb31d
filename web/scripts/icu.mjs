// From ICU texts to functions: what each message needs, and its text as the body of a template. Used by messages.mjs,
// and by the test of the pseudo-language, which compiles the same texts once more.
import { parse, TYPE } from "@formatjs/icu-messageformat-parser";

const literal = (text) => text.replace(/[\\`]/g, "\\$&").replace(/\$\{/g, "\\${");

/** `{ body, types, used }`: the template, the type of each argument, the helpers that it calls. `say` may change literals. */
export function compiled(text, say = (words) => words) {
  const types = new Map();
  const used = new Set();
  const walk = (parts, pound) =>
    parts
      .map((part) => {
        switch (part.type) {
          case TYPE.literal:
            return literal(say(part.value));
          case TYPE.argument:
            types.set(part.value, types.get(part.value) ?? "string | number");
            return `\${a.${part.value}}`;
          case TYPE.number:
            types.set(part.value, "number");
            used.add("number");
            return `\${number(a.${part.value})}`;
          case TYPE.pound:
            used.add("number");
            return `\${number(a.${pound})}`;
          case TYPE.plural:
          case TYPE.select: {
            const plural = part.type === TYPE.plural;
            types.set(part.value, plural ? "number" : "string");
            const helper = plural ? "plural" : "select";
            used.add(helper);
            const cases = Object.entries(part.options)
              .map(([name, option]) => {
                const inner = walk(option.value, plural ? part.value : pound);
                return `${JSON.stringify(name)}: () => \`${inner}\``;
              })
              .join(", ");
            return `\${${helper}(a.${part.value}, { ${cases} })}`;
          }
          default:
            throw new Error(`part of type ${part.type} is not supported`);
        }
      })
      .join("");
  return { body: walk(parse(text, { ignoreTag: true })), types, used };
}

/** The functions of an area as members of an object; without types it is plain JavaScript. */
export function members(area, messages, { typed, say }) {
  const needs = new Set();
  const lines = Object.entries(messages).map(([key, text]) => {
    let message;
    try {
      message = compiled(text, say);
    } catch (error) {
      throw new Error(`${area}.${key}: ${error.message}`);
    }
    for (const helper of message.used) needs.add(helper);
    const types = [...message.types].sort(([a], [b]) => (a < b ? -1 : 1));
    const args = types.map(([name, type]) => `${name}: ${type}`).join("; ");
    const head = typed ? `(${args ? `a: { ${args} }` : ""}): string` : args ? "(a)" : "()";
    return `  ${key}: ${head} => \`${message.body}\`,`;
  });
  return { lines, needs: [...needs].sort() };
}

/** A module that gives all areas in one language, with nothing to import: what a built chunk of a language is. */
export function wholeModule(areas, say) {
  const parts = Object.entries(areas).map(([area, messages]) => {
    const { lines } = members(area, messages, { typed: false, say });
    return `${area}: {\n${lines.join("\n")}\n}`;
  });
  return `export default ({ number, plural, select }) => ({\n${parts.join(",\n")}\n});\n`;
}
