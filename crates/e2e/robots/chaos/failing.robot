# Failing: Fails.

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}

*** Tasks ***
Work
    Say    start
    Log    line 1
    Say    step 1
    Say    end
    Fail    as it should

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())
