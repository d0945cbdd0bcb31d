# Gate: Tells its witness what it does, writes half of its log, waits at a gate, writes the rest.

*** Settings ***
Library             OperatingSystem
Task Teardown       Append To File    ${FOLDER}/witness    teardown\n

*** Variables ***
# The witness's folder
${FOLDER: str}      ${EMPTY}

*** Tasks ***
Go Through The Gate
    Append To File    ${FOLDER}/witness    start\n
    FOR    ${line}    IN RANGE    1    21
        Log    line ${line}
    END
    Wait Until Created    ${FOLDER}/gate    timeout=3 min
    FOR    ${line}    IN RANGE    21    41
        Log    line ${line}
    END
    Append To File    ${FOLDER}/witness    end\n
