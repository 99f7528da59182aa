"""Docstrings are written with a few roles of reStructuredText; the pages are Markdown."""

import re
from collections.abc import Iterator
from typing import Any

import griffe

#: With a tilde, the last part of the name alone is shown.
_ROLE = re.compile(r":(?:class|func|meth|mod|attr|data|exc|obj):`(?:~(?:\w+\.)*)?([^`]+)`")
_LITERAL = re.compile(r"::\n\n(?= )")
_PARAMETER = re.compile(r"^:param (\w+):", re.MULTILINE)


class Roles(griffe.Extension):
    """Shows what a role names as code, and tells of parameters that a class hands on to its base."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Read the docstring of each object before it is parsed."""
        if obj.docstring is not None:
            obj.docstring.value = _LITERAL.sub(":\n\n", _ROLE.sub(r"``\1``", obj.docstring.value))

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Give each class the parameters that its docstring explains and that stand in the signature of a base."""
        for item in _classes(pkg):
            if item.docstring is None:
                continue
            explained = _PARAMETER.findall(item.docstring.value)
            makers = [base.members.get("__init__") for base in (item, *item.mro())]
            functions = [maker for maker in makers if isinstance(maker, griffe.Function)]
            for inherited in functions[1:]:
                functions[0].parameters = _joined(functions[0].parameters, inherited.parameters, explained)


def _joined(own: griffe.Parameters, inherited: griffe.Parameters, wanted: list[str]) -> griffe.Parameters:
    """The parameters of a class with those of its base that are wanted, before what takes all others."""
    rest = [parameter for parameter in own if parameter.kind is griffe.ParameterKind.var_keyword]
    added = [parameter for parameter in inherited if parameter.name in wanted and parameter.name not in own]
    return griffe.Parameters(*(parameter for parameter in own if parameter not in rest), *added, *rest)


def _classes(holder: griffe.Module | griffe.Class) -> Iterator[griffe.Class]:
    for member in holder.members.values():
        if isinstance(member, griffe.Class):
            yield member
        if isinstance(member, griffe.Class | griffe.Module):
            yield from _classes(member)
