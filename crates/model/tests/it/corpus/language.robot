Language: de

*** Einstellungen ***
Bibliothek    Collections
*** Variables ***
${A: int}    1
*** Tasks ***
T
    Log    x
