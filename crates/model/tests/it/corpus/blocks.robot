*** Tasks ***
T
    FOR    ${x}    IN    a    b
        IF    $x
            Log    a
        ELSE IF    $y
            BREAK
        ELSE
            CONTINUE
        END
        TRY
            Log    a
        EXCEPT    x    AS    ${e}
            Log    b
        ELSE
            Log    c
        FINALLY
            Log    d
        END
    END
    WHILE    $x    limit=3
        GROUP    g
            [Tags]
        END
    END
    IF    $x    Log    a    ELSE    Log    b
    ${y} =    IF    $x    Set Variable    1
    VAR    ${z}    1
*** Keywords ***
K
    RETURN    1
K2
    FOR    ${x}    IN    1
        RETURN    ${x}
    END
