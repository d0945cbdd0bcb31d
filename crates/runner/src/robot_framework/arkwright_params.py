"""Gives a Robot Framework run the values that its job was played with.

Robot Framework loads this file with ``--variablefile``. The values stand in ``values.json`` in the
workspace, readable by this user only, and are deleted before the first of them is used: they are
neither in the arguments nor in the environment of the process. Each is converted by the type that
its robot declared, by Robot Framework's own rules; secrets are wrapped in its ``Secret``.

Standard library and Robot Framework only.
"""

import json
import os
import sys
import types

SHORTEST_SECRET = 3


def get_variables():
    path = os.path.join(os.environ["ARKWRIGHT_WORKSPACE"], "values.json")
    with open(path, encoding="utf-8") as file:
        values = json.load(file)
    os.remove(path)
    _remember([value["value"] for value in values if value.get("secret")])
    return {value["name"]: _converted(value) for value in values}


def _converted(declared):
    name, value = declared["name"], declared.get("value")
    if declared.get("secret"):
        return _secret(value)
    kind = declared.get("as")
    if value is None or not kind:
        return value
    try:
        from robot.api import TypeInfo
    except ImportError:
        return value
    return TypeInfo.from_string(kind).convert(value, name)


def _secret(value):
    try:
        from robot.api.types import Secret
    except ImportError:
        return value
    return Secret(value)


def _remember(secrets):
    """Where the listener finds what it has to mask, longest first."""
    found = set()
    for secret in secrets:
        for part in [secret] + secret.splitlines():
            if len(part.strip()) >= SHORTEST_SECRET:
                found.add(part)
    module = types.ModuleType("arkwright_secrets")
    module.VALUES = tuple(sorted(found, key=len, reverse=True))
    sys.modules["arkwright_secrets"] = module
