*** Variables ***
${A: str}       ${EMPTY}
${B: int}       ${empty}
${C: date}      ${E M P T Y}
${D: str}
${E: str}       \
${F: Secret}    ${EMPTY}
${G: Secret}
${H: Secret}    %{TOKEN}
${I: Secret}    hunter2
${J: Secret}    Bearer %{TOKEN}
*** Tasks ***
Do It
    Log    done
