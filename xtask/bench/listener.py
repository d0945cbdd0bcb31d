"""What our listener costs: the same robot alone and with it, in turn, in processor seconds.

Called by `cargo xtask bench listener` with the interpreter of an environment that has Robot
Framework: listener.py LISTENER ROUNDS KEYWORDS. Prints one line of JSON.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

WORST = """\
*** Tasks ***
Empty Keywords
    FOR    ${{round}}    IN RANGE    {keywords}
        No Operation
    END
"""
WORK = """\
*** Tasks ***
Real Work
    FOR    ${round}    IN RANGE    100
        Evaluate    hashlib.pbkdf2_hmac('sha256', b'a', b'b', 60000)    modules=hashlib
    END
"""


def processor_seconds(robot, folder, listener):
    workspace = tempfile.mkdtemp(dir=folder)
    command = [sys.executable, "-m", "robot", "--console", "none", "--outputdir", workspace]
    if listener:
        command += ["--listener", listener]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*command, str(robot)],
        check=True,
        env={**os.environ, "ARKWRIGHT_WORKSPACE": workspace},
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    events = Path(workspace, "events.jsonl")
    if listener and events.read_bytes().count(b"\n") < 100:
        raise SystemExit("the listener wrote no events")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    listener, rounds, keywords = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    told = {}
    with tempfile.TemporaryDirectory(prefix="arkwright-bench-") as folder:
        for name, source in [("worst", WORST.format(keywords=keywords)), ("work", WORK)]:
            robot = Path(folder, f"{name}.robot")
            robot.write_text(source, encoding="utf-8")
            told[name] = {"alone": [], "listener": []}
            for _ in range(rounds):
                told[name]["alone"].append(processor_seconds(robot, folder, None))
                told[name]["listener"].append(processor_seconds(robot, folder, listener))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
