# Long: Waits at a gate, then writes as many lines as the file beside the gate says.

*** Settings ***
Library             OperatingSystem
Task Teardown       Append To File    ${FOLDER}/witness    teardown\n

*** Variables ***
# The witness's folder
${FOLDER: str}      ${EMPTY}

*** Tasks ***
Write Them All
    Append To File    ${FOLDER}/witness    start\n
    Wait Until Created    ${FOLDER}/gate    timeout=3 min
    ${lines}    Get File    ${FOLDER}/lines
    # One keyword: a loop would take a step, and four events, for each line.
    Evaluate
    ...    sum(1 for n in range(1, int($lines) + 1) if robot.api.logger.info('line %d' % n))
    ...    modules=robot.api.logger
    Append To File    ${FOLDER}/witness    end\n
