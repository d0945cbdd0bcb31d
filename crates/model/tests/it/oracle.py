"""Reads a JSON list of sources from stdin, writes Robot Framework's verdicts."""

import io
import json
import math
import re
import sys
from datetime import date

from robot.api.parsing import ModelVisitor, Token, get_model
from robot.utils import Secret
from robot.variables import Variables
from robot.variables.search import search_variable
from robot.variables.tablesetter import VariableResolver

STRUCTURE = re.compile(
    r"must have closing END\.$"
    r"|is not allowed in this context\.$"
    r"|can only be used inside a loop\.$"
    r"|RETURN can only be used inside a user keyword\.$"
    r"|TRY structure must have EXCEPT or FINALLY branch\.$"
    r"|^(Task|Test|User keyword) name cannot be empty\.$"
    r"|^(FOR loop|WHILE loop|GROUP|(IF|ELSE IF|ELSE|TRY|EXCEPT|FINALLY) branch) cannot be empty\.$"
)
SETTING = re.compile(r"^Non-existing setting|is not allowed (in suite file|with tests or tasks|with user keywords)\.$")


def plain(value):
    if isinstance(value, Secret):
        return "secret"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not finite")
    json.dumps(value)
    return value


def resolve(name, node):
    variables = Variables()
    for builtin, value in (("None", None), ("null", None), ("True", True), ("False", False), ("SPACE", " ")):
        variables["${%s}" % builtin] = value
    try:
        resolver = VariableResolver.from_name_and_value(name, node.value, node.separator)
        return {"ok": True, "value": plain(resolver.resolve(variables))}
    except Exception:
        return {"ok": False}


class Reader(ModelVisitor):
    def __init__(self):
        self.tasks, self.variables, self.headers, self.settings = [], [], [], []
        self.structure = set()
        self.lost = False

    def visit_InvalidSection(self, node):
        self.headers.append(node.header.lineno)

    def visit_Variable(self, node):
        match = search_variable(node.name, ignore_errors=True, parse_type=True)
        assign = match.is_assign(allow_nested=True)
        self.variables.append({
            "line": node.lineno,
            "sign": match.identifier if assign else "",
            "name": match.base if assign else node.name,
            "type": match.type if assign else None,
            "valid": not any(e.startswith("Invalid variable") for e in node.errors),
            "raw": resolve("${x}", node),
            "typed": resolve(node.name, node),
        })

    def visit_TestCase(self, node):
        self.tasks.append(node.name)
        # A task with nothing but settings is empty, also if one is wrong.
        if node.name and not any(self.is_content(item) for item in node.body):
            self.structure.add(node.lineno)
        self.visit_block(node)

    def visit_Keyword(self, node):
        self.visit_block(node)

    def visit_block(self, node):
        self.note(node.lineno, node.errors)
        self.generic_visit(node)

    visit_For = visit_While = visit_Try = visit_Group = visit_block

    def visit_If(self, node):
        # What stands in an IF of one line is left to Robot Framework.
        if node.type != Token.INLINE_IF:
            self.visit_block(node)

    def visit_Statement(self, node):
        self.note(node.lineno, node.errors)

    def visit_Comment(self, node):
        # Statements with a comment before their first word are taken for comments.
        self.lost = self.lost or node.get_token(Token.ASSIGN, Token.KEYWORD, Token.CONTINUATION) is not None

    def visit_Error(self, node):
        if SETTING.search(node.get_token(Token.ERROR).error):
            self.settings.append(node.lineno)
        self.visit_Statement(node)

    def note(self, line, errors):
        if any(STRUCTURE.search(error) for error in errors):
            self.structure.add(line)

    @staticmethod
    def is_content(item):
        kind = getattr(item, "type", None)
        if kind == Token.ERROR:
            return not re.match("Setting |Non-existing setting", item.get_token(Token.ERROR).error)
        settings = (Token.DOCUMENTATION, Token.METADATA, Token.TAGS, Token.SETUP, Token.TEARDOWN, Token.TEMPLATE, Token.TIMEOUT)
        return kind not in (*settings, Token.COMMENT, Token.EOL)


def verdict(source):
    reader = Reader()
    reader.visit(get_model(io.StringIO(source)))
    return {
        "tasks": reader.tasks,
        "variables": reader.variables,
        "headers": reader.headers,
        "settings": reader.settings,
        "structure": None if reader.lost else sorted(reader.structure),
    }


sources = json.load(sys.stdin.buffer)
json.dump([verdict(source) for source in sources], sys.stdout)
