| *** Variables *** |
| # The label | of this |
| # and help |
| ${A: int} | 10 |
| ${B: str} | a  b | c |
| ${C: Literal["x|y", "z"]} | z |
| ${D: str | None} | ${None} |
|  | ${indented} | 1 |
| ${E: str}  |  | x |
|${F: str}    no pipe
|
| *** Tasks *** |
| First | Log | hi |
|   | Log | again | # comment |
|   | ... | more |
| Second |
|   | FOR | ${x} | IN | 1 |
|   |   | Log | ${x} |
|   | END |
