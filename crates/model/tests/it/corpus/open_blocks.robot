*** Tasks ***
A
    FOR    ${x}    IN    1
        Log    a
B
    IF    $x
        WHILE    $y
            Log    a
    END
C
    TRY
        Log    a
    EXCEPT
        Log    b
*** Keywords ***
K
    GROUP
        IF    $x
