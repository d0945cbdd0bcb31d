# Hello: Greets somebody by name, in six small steps of about ten seconds; needs nothing and changes nothing.

*** Settings ***
Documentation       The first robot that a new user plays. It touches nothing outside its own results.
Library             OperatingSystem
Library             String

*** Variables ***
# Name
# Who is to be greeted.
${NAME: str}        world
# How long each step takes, so that eyes can follow.
${PAUSE}            1.6 s

*** Tasks ***
Say Hello
    Look At The Clock
    Choose The Words
    Write The Card
    Read The Card Aloud
    Count The Letters
    Say Goodbye

*** Keywords ***
Look At The Clock
    ${now}    Evaluate    datetime.datetime.now().strftime('%H:%M')    modules=datetime
    Log    It is ${now}.
    Sleep    ${PAUSE}

Choose The Words
    VAR    ${GREETING}    Hello, ${NAME}!    scope=TASK
    Log    The words are: ${GREETING}
    Sleep    ${PAUSE}

Write The Card
    Create File    ${OUTPUT DIR}${/}greeting.txt    ${GREETING}\n
    Log    The card lies in greeting.txt.
    Sleep    ${PAUSE}

Read The Card Aloud
    ${card}    Get File    ${OUTPUT DIR}${/}greeting.txt
    ${card}    Strip String    ${card}    mode=right
    Should Be Equal    ${card}    ${GREETING}
    Log    ${card}
    Sleep    ${PAUSE}

Count The Letters
    ${letters}    Get Length    ${NAME}
    Log    The name “${NAME}” has ${letters} characters.
    Sleep    ${PAUSE}

Say Goodbye
    Log    Goodbye, ${NAME}. That was a robot.
    Sleep    ${PAUSE}
