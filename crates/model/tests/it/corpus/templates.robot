*** Settings ***
Task Template    Log
*** Tasks ***
T
    a
    FOR    ${x}    IN    1
        b
    END
    END
    c    d
