# Stubborn: Hears no Stop, and has a child in a session of its own that hears no signal.

*** Settings ***
Task Teardown       Rest    ${600}

*** Variables ***
# The witness file
${WITNESS: str}     ${EMPTY}
${CHILD}            trap '' INT TERM HUP; while :; do sleep 1; done

*** Tasks ***
Work
    Say    start
    Evaluate    subprocess.Popen(["setsid", "sh", "-c", $CHILD])    modules=subprocess
    Rest    ${600}

*** Keywords ***
Say
    [Documentation]    One line in the witness, in one write at its end.
    [Arguments]    ${line}
    Evaluate    os.write(os.open($WITNESS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), (os.path.basename(os.environ["ARKWRIGHT_WORKSPACE"]) + " " + str(time.monotonic_ns()) + " " + $line + "\\n").encode())

Rest
    [Documentation]    Sleeps. What shifts the clock of a computer here breaks the sleep of Python itself.
    [Arguments]    ${seconds}
    Evaluate    select.select([], [], [], $seconds)    modules=select
