*** Variables ***
${A: str}    ﻿​x
${B: str}    
*** Tasks ***
Do It
    Log    done
