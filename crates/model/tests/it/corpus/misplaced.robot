*** Tasks ***
A
    END
    ELSE
    ELSE IF    $x
    EXCEPT
    FINALLY
    BREAK
    CONTINUE
    RETURN
B
    FOR    ${x}    IN    1
        ELSE
        EXCEPT
        RETURN
    END
    IF    $x
        BREAK
        EXCEPT
        FINALLY
    END
    TRY
        ELSE IF    $x
        CONTINUE
    FINALLY
        Log    x
    END
    END
    ${x}    END
    Log    END
*** Keywords ***
K
    END
    BREAK
    RETURN
