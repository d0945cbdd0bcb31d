*** Variables ***
${A: Literal["EU", "US"]}                    US
${B: Literal['New York', 'Los Angeles']}     los_angeles
${C: Literal[1, 2, 3]}                       2
${D: Literal["a|b", "c,d", "[e]"]}           c,d
${E: Literal["x"] | None}                    ${None}
${F: literal["x", "y",]}                     y
${G: Literal["x", "y"]}                      ${EMPTY}
${H: Literal[EU, US]}                        EU
${I: Literal["x", "x"]}                      x
${J: Literal["x" "y"]}                       x
${K: Literal[True, False]}                   True
${L: Literal[None, "a"]}                     a
${M: Literal[]}                              a
${N: Literal["a: b", "c"]}                   c
${O: Literal["Grün", "Straße"]}              grün
${P: Literal["a b"]}                         A B
*** Tasks ***
Do It
    Log    done
