"""Rows in the order of a tree: every parent above what is below it, as their sum."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """A place in a tree: a code by itself, or (``rolled``) with everything below; ``members`` have figures."""

    code: str
    level: int
    rolled: bool
    members: tuple[str, ...]


def branches(codes: Iterable[str], parents: Mapping[str, str | None]) -> list[Branch]:
    """Order codes as a tree, with a rolled branch for each parent of one of them.

    A code that is a parent and has figures of its own stands once rolled, and below that by itself.
    """
    own = set(codes)
    members: dict[str, list[str]] = {}
    children: dict[str, set[str]] = {}
    roots: set[str] = set()
    for code in own:
        below, above = code, parents.get(code)
        members.setdefault(code, []).append(code)
        while above is not None:
            children.setdefault(above, set()).add(below)
            members.setdefault(above, []).append(code)
            below, above = above, parents.get(above)
        roots.add(below)
    listed: list[Branch] = []
    waiting = [(code, 0) for code in sorted(roots, reverse=True)]
    while waiting:
        code, level = waiting.pop()
        if code not in children:
            listed.append(Branch(code, level, rolled=False, members=(code,)))
            continue
        listed.append(Branch(code, level, rolled=True, members=tuple(sorted(members[code]))))
        if code in own:
            listed.append(Branch(code, level + 1, rolled=False, members=(code,)))
        waiting += [(child, level + 1) for child in sorted(children[code], reverse=True)]
    return listed
