# Stubborn: Has a child that hears no signal, and never ends by itself.

*** Settings ***
Library             OperatingSystem
Library             Process
Task Teardown       Append To File    ${FOLDER}/witness    teardown\n

*** Variables ***
# The witness's folder
${FOLDER: str}      ${EMPTY}
${CHILD}            trap '' INT TERM HUP; echo child >> "$0/witness"; while :; do sleep 1; done

*** Tasks ***
Never End
    Append To File    ${FOLDER}/witness    start\n
    Start Process    setsid    sh    -c    ${CHILD}    ${FOLDER}
    Wait Until Created    ${FOLDER}/gate    timeout=10 min
    Append To File    ${FOLDER}/witness    end\n
