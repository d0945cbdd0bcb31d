*** Tasks ***
A
    FOR    ${x}    IN    1
    END
    WHILE    $x
        # comment
    END
    IF    $x
    ELSE IF    $y
        Log    a
    ELSE
    END
    TRY
    EXCEPT
    ELSE
    FINALLY
    END
    TRY
        Log    a
    END
    GROUP
    END
    IF
    END
    IF    $x    ELSE
    FOR
        IF    $x
        END
    END
