*** Test Cases ***
One
    Log    1
Two    Log    2
   Three
