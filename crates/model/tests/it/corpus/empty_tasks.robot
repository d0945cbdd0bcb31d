*** Tasks ***
Empty
Only Settings
    [Documentation]    x
    [Tags]    y
Comment
    # nothing
Continued
    ...
Fine    [Tags]    x
Inline    Log    x
*** Keywords ***
Empty Keyword
