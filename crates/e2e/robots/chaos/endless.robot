# Endless: Works until it is stopped.

*** Settings ***
Task Teardown       Say    teardown

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}

*** Tasks ***
Work
    Say    start
    WHILE    True    limit=NONE
        Log    still here
        Sleep    200 ms
    END

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())
