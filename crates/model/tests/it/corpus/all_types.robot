*** Settings ***
Documentation    One parameter of each type.
Library    Collections

*** Variables ***
# Customer to invoice
${CUSTOMER: str}                   ${EMPTY}
# Rows to send at most
# The rest is sent tomorrow.
${COUNT: int}                      10
${RATE: float}                     0.5
# Region
${REGION: Literal["EU", "US"]}     EU
${DUE: date}                       2026-11-30
${NOTE: str | None}                ${None}
${DRY: bool}                       ${False}
${TOKEN: Secret}                   %{TOKEN=}
${URL}                             https://example.org
@{ROWS}                            1    2
&{MAP}                             a=1    b=2

*** Tasks ***
Do It
    Log    done
