*** Variables ***
${A: int}     ten
${B: int}     1.5
${C: float}   much
${D: bool}    maybe
${E: date}    2026-02-30
${F: Literal["a", "b"]}    c
${G: int}     ${None}
${H: int}     12345678901234567890123
${I: str}     ${A}
${J: str}     %{HOME}
${K: str}     text ${UNKNOWN} text
${L: int}     inf
${M: float}   nan
*** Tasks ***
Do It
    Log    done
