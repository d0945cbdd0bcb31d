*** Variables ***
${PRICES: Path}                    prices.xlsx
@{ROWS: int}                       1    2
&{MAP: str=int}                    a=1    b=2
${WHEN: datetime}                  2026-11-30 12:00
${SUM: decimal}                    1.50
${ANY: Any}                        x
${LIST: list[int]}                 [1, 2]
${BOTH: int | str}                 1
${WRONG: colour}                   red
${NEST: dict[str, list[int]]}      {}
*** Tasks ***
Do It
    Log    done
