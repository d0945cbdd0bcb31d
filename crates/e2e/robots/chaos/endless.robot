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
        Rest    ${0.2}
    END

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())

Rest
    [Documentation]    Sleeps. What shifts the clock of a computer here breaks the sleep of Python itself.
    [Arguments]    ${seconds}
    Evaluate    select.select([], [], [], $seconds)    modules=select
