*** Settings ***
Library           Collections
Libary            Collections
suite setup       Log    hi
Task Timeout      1 min
Force Tags        a
    Library       String
 Library          String
Arguments         ${x}
Metadata          a    b
Metadata          c    d
[Tags]            x
Name              A name
*** Tasks ***
Do It
    Log    done
