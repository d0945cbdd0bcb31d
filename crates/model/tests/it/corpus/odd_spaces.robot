*** Variables ***
${A: int}  10
${B: str}    a b
${C: str}　　c
 ${D: str}    d
*** Tasks ***
T
    Log    hi
