*** Tasks ***
T
    for    ${x}    IN    1
    end
    If    $x
    Else
    ELSE IF    $x
    IF    $x
        Log    a
    ELSE IF    $y
        Log    b
    END
