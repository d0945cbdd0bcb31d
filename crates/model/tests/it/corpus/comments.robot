Anything before the first section is a comment.
${NOT: int}    1
*** Comments ***
${NOT EITHER: int}    1
*** Variables ***
# Not a label, because a line is empty below

${A: int}    1    # beside
    # Indented label
${B: int}    1
#
${C: int}    1
## Hashes ##
#
# help
${D: int}    1
*** Tasks ***
# comment
T    # comment
    # comment
    Log    hi    # comment
