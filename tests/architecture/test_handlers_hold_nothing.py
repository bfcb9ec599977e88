"""Nothing is open across a `yield` of a handler.

A handler is an async generator: between two Commits the runtime may drop it for good, in another
task. What a task group, a timeout or a lock would hold there is cancelled or released inside the
runtime's transaction; an async generator that is not closed is finished by the garbage collector.
"""

import ast
from collections.abc import Iterator, Sequence

import pytest

from architecture.checkout import dotted, python_files, shown, tree

_SPAWNS = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe"})


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a function's own body, not the functions that it defines."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _within(child)


def _yields(body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        for statement in body
        for node in (statement, *_within(statement))
    )


def _closes(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and dotted(expression.func).split(".")[-1] == "aclosing"


def _faults(module: ast.Module) -> Iterator[str]:
    for function in ast.walk(module):
        if isinstance(function, ast.AsyncFunctionDef) and _yields(function.body):
            yield from _faults_of(function)


def _faults_of(function: ast.AsyncFunctionDef) -> Iterator[str]:
    closed = {
        item.optional_vars.id
        for node in _within(function)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if _closes(item.context_expr) and isinstance(item.optional_vars, ast.Name)
    }
    for node in _within(function):
        match node:
            case ast.AsyncWith(items=items, body=body) if _yields(body):
                held = [item for item in items if not _closes(item.context_expr)]
                yield from (f"{node.lineno}: {_name(i.context_expr)} spans a yield" for i in held)
            case ast.With(body=body) if _yields(body):
                yield f"{node.lineno}: a with block spans a yield"
            case ast.AsyncFor(iter=source, body=body) if _yields(body):
                if dotted(source) not in closed:
                    yield f"{node.lineno}: the iterator is not closed by contextlib.aclosing"
            case ast.Call(func=callee) if dotted(callee).split(".")[-1] in _SPAWNS:
                yield f"{node.lineno}: a task is started beside the handler"


def _name(expression: ast.expr) -> str:
    return dotted(expression.func if isinstance(expression, ast.Call) else expression)


def test_a_handler_holds_nothing_across_a_yield() -> None:
    wrong = [
        f"{shown(path)}:{fault}"
        for path in python_files("services")
        for fault in _faults(tree(path))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "body",
    [
        "async with asyncio.TaskGroup() as group:\n        yield 1",
        "async with asyncio.timeout(3):\n        if True:\n            yield 1",
        "async with lock:\n        yield 1",
        "with lock:\n        yield 1",
        "task = asyncio.create_task(other())\n    yield 1",
        "async for page in pages():\n        yield page",
        """async with aclosing(pages()) as found:
        async for page in pages():
            yield page""",
    ],
)
def test_what_is_held_across_a_yield_is_seen(body: str) -> None:
    assert list(_faults(ast.parse(f"async def deliver():\n    {body}\n")))


@pytest.mark.parametrize(
    "body",
    [
        """async with aclosing(pages()) as found:
        async for page in found:
            yield page""",
        "async with asyncio.timeout(3):\n        await read()\n    yield 1",
        "yield [page async for page in pages()]",
    ],
)
def test_what_is_closed_before_a_yield_or_by_aclosing_is_allowed(body: str) -> None:
    assert list(_faults(ast.parse(f"async def deliver():\n    {body}\n"))) == []


def test_a_function_that_yields_nothing_may_hold_what_it_likes() -> None:
    source = "async def read():\n    async with asyncio.timeout(3):\n        return await row()\n"
    assert list(_faults(ast.parse(source))) == []
