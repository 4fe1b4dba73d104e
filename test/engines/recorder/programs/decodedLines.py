# For much of the standard library: each code object's line table, and the line of each instruction as Python says.
import dis
import json
import os
import sys
import types

MODULES = "ast argparse asyncio/base_events collections/__init__ dataclasses difflib enum functools inspect json/decoder logging/__init__ pickle socket subprocess threading typing unittest/mock urllib/parse zipfile"


def lines_of(code):
    """The line of each code unit, 0 where there is none."""
    size = len(code.co_code) // 2
    lines = [0] * size
    if hasattr(code, "co_lines"):
        for start, end, line in code.co_lines():
            for unit in range(start // 2, end // 2):
                lines[unit] = line or 0
        return lines
    starts = dict(dis.findlinestarts(code))
    line = code.co_firstlineno
    for unit in range(size):
        line = starts.get(2 * unit, line)
        lines[unit] = line
    return lines


def walk(code):
    table = code.co_linetable if hasattr(code, "co_linetable") else code.co_lnotab
    yield {"table": table.hex(), "firstLine": code.co_firstlineno, "lines": lines_of(code)}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from walk(constant)


found = []
folder = os.path.dirname(os.__file__)
for module in MODULES.split():
    path = os.path.join(folder, module + ".py")
    if not os.path.exists(path):
        path = os.path.join(folder, module, "__init__.py")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            found.extend(walk(compile(file.read(), path, "exec")))
json.dump(found, sys.stdout)
