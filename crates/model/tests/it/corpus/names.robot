*** Variables ***
${a name with spaces: str}    a
${ PADDED : str}    b
${under_score: int} =    1
${WITH.DOT: str}=    c
${Ünïcode: str}    d
${a: b: str}    e
${nested ${x}: int}    1
${nested ${x}}    1
${esc\}aped: str}    f
${X:int}    1
${http://x}    1
${: int}    1
${ : int}    1
${}    1
$X    1
X    1
${X    1
${X}[0]    1
%{ENV: str}    1
*{star}    1
${X} y    1
${two}${three}    1
    ${indented: int}    1
*** Tasks ***
Do It
    Log    done
