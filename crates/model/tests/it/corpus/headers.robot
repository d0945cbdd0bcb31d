*settings
Library    Collections
***VARIABLES***
${A: int}    1
* * * variable * * *
${B: int}    2
*** Variables ***    with    columns
${C: int}    3
*** Nothing ***
${D: int}    4
***  Variables  ***
${E: int}    5
 *** Variables ***
*** Task ***
T
    Log    hi
*** Keyword ***
K
    Log    hi
*
***
