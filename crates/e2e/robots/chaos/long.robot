# Long: Works for a few seconds, step by step, and cleans up.

*** Settings ***
Task Teardown       Say    teardown

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}

*** Tasks ***
Work
    Say    start
    FOR    ${step}    IN RANGE    1    41
        Log    line ${step}
        Say    step ${step}
        Rest    ${0.1}
    END
    Say    end

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())

Rest
    [Documentation]    Sleeps. What shifts the clock of a computer here breaks the sleep of Python itself.
    [Arguments]    ${seconds}
    Evaluate    select.select([], [], [], $seconds)    modules=select
