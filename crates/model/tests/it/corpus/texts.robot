*** Variables ***
${A: str}    007
${B: str}    two words
${C: str}    several    cells    here
${D: str}    a    b    separator=-
${E: str}    SEPARATOR=,    a    b
${F: str}    line\nbreak\ttab\\slash
${G: str}    \x41\u00e4\U0001F600
${H: str}    \${NOT} \%{NOT} $dollar 100% {braces}
${I: str}    ${SPACE}edges${SPACE}
${J: str}    a${EMPTY}b
${K: str}    \  leading
${L: str}    ends with backslash\\
${M: str}    \xZZ \u12 \q
${N: str}    x=y
${O: str}    ${True}
${P: str}    is ${True}
${Q: str}    # only a comment
${R: str}    value    # and a comment
${S: str}    @{LIST}
${T: str}    ${{1 + 1}}
${U: str}    separator=
${V: str}    a    separator=
${W: str}    *{reserved}
${X: str}    user@example.org & co
*** Tasks ***
Do It
    Log    done
