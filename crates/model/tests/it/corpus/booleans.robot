*** Variables ***
${A: bool}      ${True}
${B: bool}      ${False}
${C: bool}      true
${D: bool}      YES
${E: bool}      On
${F: bool}      1
${G: bool}      off
${H: bool}      no
${I: bool}      0
${J: Boolean}   ${TRUE}
${K: bool | None}    ${None}
${L: bool}      ${EMPTY}
${M: bool}      None
*** Tasks ***
Do It
    Log    done
