*** Settings ***
Documentation    Greets somebody, one step at a time. It touches nothing on this computer.

*** Variables ***
# Name
# Who shall be greeted?
${NAME: str}    World

*** Tasks ***
Say hello
    Wake up
    Greet    ${NAME}
    Count to three
    Look at the clock
    Think about it
    Say goodbye

*** Keywords ***
Wake up
    Log    Good morning.
    Sleep    1s

Greet
    [Arguments]    ${who}
    Log    Hello, ${who}!
    Sleep    1s

Count to three
    FOR    ${number}    IN RANGE    1    4
        Log    ${number}
        Sleep    1s
    END

Look at the clock
    ${now}=    Evaluate    datetime.datetime.now().strftime("%H:%M:%S")    modules=datetime
    Log    It is ${now}.
    Sleep    1s

Think about it
    Log    A robot is a list of steps that somebody wrote down once.    level=INFO
    Sleep    2s

Say goodbye
    Log    That was a robot. Until next time, ${NAME}.
    Sleep    1s
