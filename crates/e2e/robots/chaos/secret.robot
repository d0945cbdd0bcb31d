# Secret: Is given a secret and logs it, which must not be read anywhere.

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}
# Stands in no log
${PASSWORD: Secret}     %{PASSWORD=}

*** Tasks ***
Work
    Say    start
    Log    line 1
    Say    step 1
    Log    the secret is ${PASSWORD.value}
    ${length}    Get Length    ${PASSWORD.value}
    Say    secret of ${length}
    Say    end

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())
