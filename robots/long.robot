# Long job: Works through a pile of letters round by round, shows how far it is, and cleans up also when it is stopped.

*** Settings ***
Documentation       A job that takes its time. While it works it holds a work file; its teardown removes
...                 that file, whether the job ended by itself, failed or was stopped.
Library             OperatingSystem
Task Setup          Take The Work File
Task Teardown       Clean Up

*** Variables ***
# Letters
# How many letters lie in the pile; one is done in each round.
${ROUNDS: int}      30
# Seconds for each letter
${SECONDS: float}   2
# Name of the pile
${PILE: str}        Incoming mail

${WORK_FILE}        ${OUTPUT DIR}${/}pile.lock
${DONE}             ${0}

*** Tasks ***
Work Through The Pile
    Check The Numbers
    FOR    ${round}    IN RANGE    1    ${ROUNDS + 1}
        Handle Letter    ${round}
    END
    Log    ${PILE}: all ${ROUNDS} letters are done.

*** Keywords ***
Take The Work File
    Create File    ${WORK_FILE}    ${PILE}\n
    Log    ${PILE} is locked for this job.

Check The Numbers
    IF    ${ROUNDS} < 1
        Fail    There must be at least one letter, not ${ROUNDS}.
    END
    IF    ${SECONDS} < 0
        Fail    A letter cannot take ${SECONDS} seconds.
    END

Handle Letter
    [Arguments]    ${round}
    Log    Letter ${round} of ${ROUNDS}
    Sleep    ${SECONDS}
    VAR    ${DONE}    ${round}    scope=TASK
    Append To File    ${OUTPUT DIR}${/}done.txt    letter ${round}\n

Clean Up
    Remove File    ${WORK_FILE}
    File Should Not Exist    ${WORK_FILE}
    Log    Cleaned up: the pile is free again after ${DONE} of ${ROUNDS} letters.
