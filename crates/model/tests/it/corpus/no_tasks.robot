*** Variables ***
${A: int}    1
*** Tasks ***
# none
