*** Tasks ***
A
    Log    a
*** Variables ***
${A: int}    1
*** Tasks ***
    Log    nameless
B
    FOR    ${x}    IN    1
*** Variables ***
${B: int}    1
*** Tasks ***
C
    Log    c
