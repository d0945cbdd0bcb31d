*** Tasks ***
    Log    hi
    Log    ho
T
    Log    x
*** Keywords ***
    Log    hi
