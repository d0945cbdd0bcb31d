*** Variables ***
${A: int}    1${B: int}    2${C: int}    3 ${D: int}    4${E: int}    5
${F: int}    6${G: int}    78
*** Tasks ***
T
    Log    hi
