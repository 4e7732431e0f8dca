# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The list of cases, and how one says that it failed. A case returns what is worth reading beside its name, or nothing."""
import dataclasses
import typing


class Failed(Exception):
    """The numbers are wrong, or a program said so: its text is the whole report."""


@dataclasses.dataclass
class Case:
    name: str
    function: typing.Callable
    arguments: tuple
    slow: bool
    alone: bool


ALL = []


def case(name, *arguments, slow=False, alone=False):
    """Adds the function below as the case `name`, called with `arguments`. Several of these stack. `alone`: nothing runs beside it."""
    def add(function):
        ALL.append(Case(name, function, arguments, slow, alone))
        return function
    return add


def expect(condition, message):
    if not condition:
        raise Failed(message)
