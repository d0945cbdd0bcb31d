*** Variables ***
${MY ROW: int}    1
${my_row: str}    a
${MyRow}          b
${X}              1
${x}              2
@{Y}              1
${Y: int}         2
*** Tasks ***
Do It
    Log    done
