# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "rpaframework==33.0.2",
# ]
# ///
*** Tasks ***
T
    Log    hi
