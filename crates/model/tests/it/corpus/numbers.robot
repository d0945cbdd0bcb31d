*** Variables ***
${A: int}       1_000
${B: int}       1 000 000
${C: int}       0x1F
${D: int}       -0b101
${E: int}       0o17
${F: int}       1e3
${G: int}       2.0
${H: int}       ${42}
${I: int}       +7
${J: float}     1e-3
${K: float}     -0.25
${L: float}     10
${M: float}     ${1.5}
${N: float}     .5
${O: float}     5.
${P: integer}   ${0x10}
${Q: double}    1_000.5
${R: int}       007
${S: int}       -0
${T: INT}       9007199254740992
*** Tasks ***
Do It
    Log    done
