# Secret: Logs a secret's value in the ways in which robots do that by mistake.

*** Settings ***
Library                     OperatingSystem

*** Variables ***
# The witness's folder
${FOLDER: str}              ${EMPTY}
# Password
${PASSWORD: Secret}         %{PASSWORD=}

*** Tasks ***
Tell The Secret
    Append To File    ${FOLDER}/witness    ${PASSWORD.value}\n
    Log    The password is ${PASSWORD.value}.
    Log    On the console: ${PASSWORD.value}    console=True
    Fail    It failed with ${PASSWORD.value}.
