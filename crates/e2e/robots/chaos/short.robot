# Short: Says what it does and ends.

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}

*** Tasks ***
Work
    Say    start
    FOR    ${step}    IN RANGE    1    6
        Log    line ${step}
        Say    step ${step}
    END
    Say    end

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())
