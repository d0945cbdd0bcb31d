# Files: Leaves a file behind.

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}

*** Tasks ***
Work
    Say    start
    Evaluate    pathlib.Path(os.environ["ARKWRIGHT_WORKSPACE"], "output", "made.txt").write_text("0123456789abcdef" * 8192)
    Log    line 1
    Say    step 1
    Say    end

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())
