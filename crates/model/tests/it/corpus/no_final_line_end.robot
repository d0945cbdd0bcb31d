*** Tasks ***
T
    Log    hi
*** Variables ***
${A: int}    1