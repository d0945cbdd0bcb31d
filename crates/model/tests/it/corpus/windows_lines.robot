*** Variables ***
# Label
${A: int}    10

*** Tasks ***
T
    Log    hi
