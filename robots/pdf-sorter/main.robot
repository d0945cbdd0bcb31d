# PDF sorter: Reads each PDF of a folder, names it by what stands in it, sorts the copies into folders and packs them.

*** Settings ***
Documentation       The folder `inbox` beside this file holds scanned letters with meaningless names. The
...                 originals are never changed: the robot works on copies.
Library             Collections
Library             OperatingSystem
Library             PdfPapers.py

*** Variables ***
# Folder to sort
# A folder on the computer where the robot works; empty means the samples that come with the robot.
${FOLDER: str | None}                               ${None}
# Sort by
${SORT_BY: Literal["supplier", "month", "kind"]}    supplier
# Keep papers that could not be read
# They are put into a folder "unsorted"; otherwise the job fails when there is one.
${KEEP_UNREADABLE: bool}                            ${True}

*** Tasks ***
Sort The Papers
    ${papers}    Find The Papers
    FOR    ${paper}    IN    @{papers}
        Sort Paper    ${paper}
    END
    Pack The Result

*** Keywords ***
Find The Papers
    ${folder}    Set Variable If    $FOLDER    ${FOLDER}    ${CURDIR}${/}inbox
    Directory Should Exist    ${folder}    The folder ${folder} does not exist on this computer.
    @{papers}    List Files In Directory    ${folder}    *.pdf    absolute=True
    IF    not $papers    Fail    There is no PDF file in ${folder}.
    ${count}    Get Length    ${papers}
    Log    ${count} papers lie in ${folder}.
    RETURN    ${papers}

Sort Paper
    [Arguments]    ${paper}
    ${facts}    Read Paper    ${paper}
    IF    $facts is None
        Set Aside    ${paper}
    ELSE
        ${place}    Put Paper    ${paper}    ${facts}    ${SORT_BY}
        Log    ${place}
    END

Set Aside
    [Arguments]    ${paper}
    ${folder}    ${name}    Split Path    ${paper}
    IF    not ${KEEP_UNREADABLE}    Fail    ${name} has no text that could be read.
    Log    ${name} has no text that could be read: it goes to “unsorted”.    WARN
    Put Unreadable Paper    ${paper}

Pack The Result
    ${count}    Pack Papers    ${OUTPUT DIR}
    Log    ${count} papers lie in sorted.zip, and sorted.csv says where each came from.
