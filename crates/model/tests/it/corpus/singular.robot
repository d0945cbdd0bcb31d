*** Setting ***
Library    Collections
*** Variable ***
${A: int}    1
*** Test Case ***
T
    Log    hi
