# Drip: Waits at a gate, then says a little again and again, more in all than a full disk keeps free.

*** Settings ***
Library             OperatingSystem
Task Teardown       Append To File    ${FOLDER}/witness    teardown\n

*** Variables ***
# The witness's folder
${FOLDER: str}      ${EMPTY}

*** Tasks ***
Drip
    Append To File    ${FOLDER}/witness    start\n
    Wait Until Created    ${FOLDER}/gate    timeout=3 min
    ${long}    Evaluate    'x' * 2000
    FOR    ${drop}    IN RANGE    1    61
        Log    drop ${drop} ${long}
        Sleep    0.1 s
    END
    Append To File    ${FOLDER}/witness    end\n
