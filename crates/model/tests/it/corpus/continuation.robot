*** Variables ***
${A: str}
...    value
${B: str}    one
...          two
# in between

...          three
...
${C: int}
    ...    5
${D: str}    a
...    ...    b
...    # only a comment
...    separator=+
*** Tasks ***
...
T
    Log
    ...    hi
    IF
    ...    $x
        Log    a
    END
