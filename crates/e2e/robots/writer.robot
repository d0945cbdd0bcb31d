# Writer: Writes many lines, a few at a time, so that a crash finds it in the middle.

*** Settings ***
Library             OperatingSystem
Task Teardown       Append To File    ${FOLDER}/witness    teardown\n

*** Variables ***
# The witness's folder
${FOLDER: str}      ${EMPTY}

*** Tasks ***
Write
    Append To File    ${FOLDER}/witness    start\n
    FOR    ${line}    IN RANGE    1    1001
        Log    line ${line}
        IF    ${line} % 50 == 0    Rest    ${line}
    END
    Append To File    ${FOLDER}/witness    end\n

*** Keywords ***
Rest
    [Arguments]    ${line}
    Append To File    ${FOLDER}/witness    ${line}\n
    Sleep    0.3 s
