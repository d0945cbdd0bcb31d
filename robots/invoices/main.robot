# Invoices: Reads an Excel list of invoices and writes a summary workbook: totals of each supplier, what is open, what is too dear.

*** Settings ***
Documentation       Reads `invoices.xlsx`, which lies beside this file, and writes `summary.xlsx` into the results.
Library             Collections
Library             InvoiceBook.py

*** Variables ***
# Month
# The invoices of this month are read.
${MONTH: Literal["2026-08", "2026-09", "2026-10"]}      2026-10
# Amount limit
# Invoices above this amount (in EUR) are listed on a sheet of their own.
${LIMIT: float}                                         1500
# Include paid invoices
${INCLUDE_PAID: bool}                                   ${True}
# Due until
# Open invoices due after this day are left out; empty means all.
${DUE_UNTIL: date | None}                               ${None}
# Title of the summary
${TITLE: str}                                           Invoices to pay

*** Tasks ***
Summarise The Invoices Of A Month
    Open The List
    ${invoices}    Choose The Invoices
    Check Each Invoice    ${invoices}
    ${totals}    Add Up Each Supplier    ${invoices}
    Write The Summary    ${invoices}    ${totals}

*** Keywords ***
Open The List
    ${rows}    Open Invoice List    ${CURDIR}${/}invoices.xlsx
    Log    The list has ${rows} invoices.

Choose The Invoices
    ${invoices}    Find Invoices    month=${MONTH}    include_paid=${INCLUDE_PAID}    due_until=${DUE_UNTIL}
    ${count}    Get Length    ${invoices}
    IF    ${count} == 0
        Fail    No invoice of ${MONTH} is left to summarise.
    END
    Log    ${count} invoices of ${MONTH} are summarised.
    RETURN    ${invoices}

Check Each Invoice
    [Arguments]    ${invoices}
    FOR    ${invoice}    IN    @{invoices}
        Check Invoice    ${invoice}
    END

Check Invoice
    [Arguments]    ${invoice}
    IF    $invoice["net"] + $invoice["tax"] != $invoice["gross"]
        Fail    Invoice ${invoice}[number]: net and tax do not add up to ${invoice}[gross].
    END
    IF    $invoice["gross"] > $LIMIT
        Log    Invoice ${invoice}[number] of ${invoice}[supplier] is above the limit: ${invoice}[gross] EUR    WARN
    ELSE
        Log    Invoice ${invoice}[number] of ${invoice}[supplier]: ${invoice}[gross] EUR
    END

Add Up Each Supplier
    [Arguments]    ${invoices}
    ${totals}    Total By Supplier    ${invoices}
    FOR    ${supplier}    ${total}    IN    &{totals}
        Log    ${supplier}: ${total}[count] invoices, ${total}[gross] EUR, of which ${total}[open] EUR are open
    END
    RETURN    ${totals}

Write The Summary
    [Arguments]    ${invoices}    ${totals}
    ${path}    Write Summary Workbook    ${OUTPUT DIR}${/}summary.xlsx    title=${TITLE}    month=${MONTH}
    ...    invoices=${invoices}    totals=${totals}    limit=${LIMIT}
    Log    The summary lies in ${path}.
