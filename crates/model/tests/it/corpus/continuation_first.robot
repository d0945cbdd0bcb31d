...    *** Variables ***
${A: int}    1
*** Tasks ***
Do It
    Log    done
