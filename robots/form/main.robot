# Order form: Fills in an order form in a headless browser, checks the confirmation and keeps a picture of it.

*** Settings ***
Documentation       The page is `order.html`, which lies beside this file: no web site is needed, but a
...                 Chromium or Chrome on this computer is.
Library             SeleniumLibrary    timeout=10 s    run_on_failure=Keep A Picture
Library             LocalBrowser.py
Task Teardown       Close The Browser

*** Variables ***
# Customer
${CUSTOMER: str}                                                        ACME GmbH
# Product
${PRODUCT: Literal["Paper A4", "Toner", "Envelopes", "Desk lamp"]}      Paper A4
# Quantity
# A whole number from 1 to 500.
${QUANTITY: int}                                                        25
# Deliver on
# Empty means as soon as possible.
${DELIVERY: date | None}                                                ${None}
# Deliver by express
${EXPRESS: bool}                                                        ${False}
# Note for the supplier
${NOTE: str | None}                                                     ${None}

*** Tasks ***
Order Office Supplies
    Open The Order Form
    Fill In The Order
    Send The Order
    Keep The Confirmation

*** Keywords ***
Open The Order Form
    ${browser}    Open Local Browser    ${CURDIR}${/}order.html
    Log    ${browser}
    Wait Until Element Is Visible    id:order
    Title Should Be    Order form

Fill In The Order
    Input Text    id:customer    ${CUSTOMER}
    Select From List By Label    id:product    ${PRODUCT}
    Input Text    id:quantity    ${{str($QUANTITY)}}    clear=True
    IF    $DELIVERY is not None    Choose Delivery Day    ${DELIVERY}
    IF    ${EXPRESS}    Select Checkbox    id:express
    IF    $NOTE    Input Text    id:note    ${NOTE}

Choose Delivery Day
    [Arguments]    ${day}
    ${element}    Get WebElement    id:delivery
    Execute JavaScript    arguments[0].value = arguments[1]    ARGUMENTS    ${element}    ${{str($day)}}

Send The Order
    Click Button    Send the order
    Wait Until Element Is Visible    css:[role=status]:not(:empty), [role=alert]:not(:empty)
    ${refused}    Get Text    css:[role=alert]
    IF    $refused    Fail    The form refused the order: ${refused}

Keep The Confirmation
    ${number}    Get Text    id:order-number
    ${total}    Get Text    id:total
    Element Should Contain    id:confirmation    ${CUSTOMER}
    Log    Order ${number} is confirmed: ${QUANTITY} × ${PRODUCT}, ${total}
    Capture Page Screenshot    ${OUTPUT DIR}${/}confirmation.png

Keep A Picture
    Run Keyword And Ignore Error    Capture Page Screenshot    ${OUTPUT DIR}${/}problem-{index}.png

Close The Browser
    Close All Browsers
    Remove Browser Profile
