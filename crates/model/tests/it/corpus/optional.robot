*** Variables ***
${A: str | None}       ${None}
${B: None | str}       ${null}
${C: int|None}         5
${D: date | None}      None
${E: float | None}     ${EMPTY}
${F: str | None}       ${EMPTY}
${G: str | None}       None
${H: Secret | None}    ${None}
${I: str}              ${None}
${J: str | None | None}    x
*** Tasks ***
Do It
    Log    done
