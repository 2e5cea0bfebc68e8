"""Every source keeps the house rules that a syntax tree can show (CONTRIBUTING.md, "Style")."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

FILE_LINES = 400
FUNCTION_LINES = 60
PRODUCT = ("anchorcrafter_core/", "nodes/", "__init__.py")
SUPPRESSIONS = ("# " + "type: ignore", "# " + "noqa", "# " + "pyright:")
# Devices, memory and progress belong to the host; pictures go through PIL, which takes any file name on Windows.
FORBIDDEN_CALLS = {"eval", "exec", "print", "cuda", "empty_cache", "imread", "imwrite"}
TEXT_METHODS = {"read_text", "write_text"}

Rule = Callable[[ast.Module], list[str]]


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str, bool]]:
    """(call, last name of what is called, whether it is a method or attribute)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, node.func.id, False
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr, True


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def forbidden_calls(tree: ast.Module) -> list[str]:
    """Calls that the library never makes; ``model.eval()`` is torch's own and allowed."""
    harmless = {("eval", True), ("exec", True)}
    found = [(call.lineno, name) for call, name, dotted in _calls(tree) if (name, dotted) not in harmless]
    return [f"line {line}: {name}()" for line, name in found if name in FORBIDDEN_CALLS]


def unsafe_pickles(tree: ast.Module) -> list[str]:
    """``torch.load`` without ``weights_only=True``, and unpickling by other doors."""
    calls = [(call, ast.unparse(call.func)) for call, _, _ in _calls(tree)]
    bare = [call.lineno for call, name in calls if name == "torch.load" and not _says(call, "weights_only", True)]
    direct = [call.lineno for call, name in calls if name.split(".")[0] in {"pickle", "dill", "joblib"}]
    return [f"line {line}: unpickles into code" for line in [*bare, *direct]]


def _says(call: ast.Call, keyword: str, value: object) -> bool:
    return any(k.arg == keyword and isinstance(k.value, ast.Constant) and k.value.value == value for k in call.keywords)


def text_without_encoding(tree: ast.Module) -> list[str]:
    """Text files opened in the encoding of whoever's machine this is."""
    found = []
    for call, name, dotted in _calls(tree):
        named = any(keyword.arg == "encoding" for keyword in call.keywords)
        opens = name == "open" and not dotted or name == "open" and _is_path_open(call)
        if not named and (opens and not _is_binary(call) or dotted and name in TEXT_METHODS):
            found.append(f"line {call.lineno}: {name}() without encoding")
    return found


def _is_path_open(call: ast.Call) -> bool:
    """``path.open(...)``: no first argument, or a mode; ``Image.open(file)`` and ``av.open(file)`` have a file."""
    first = call.args[0] if call.args else None
    return first is None or isinstance(first, ast.Constant) and set(str(first.value)) <= set("rwxabt+")


def _is_binary(call: ast.Call) -> bool:
    modes = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return any(isinstance(m, ast.Constant) and "b" in str(m.value) and len(str(m.value)) <= 3 for m in modes)


def bare_or_swallowing_handlers(tree: ast.Module) -> list[str]:
    """``except:`` and handlers of BaseException that do not raise again: they swallow interrupts."""
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    wide = [h for h in handlers if h.type is None or ast.unparse(h.type) == "BaseException"]
    kept = [h for h in wide if not any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(h))]
    return [f"line {handler.lineno}: swallows interrupts" for handler in kept]


def long_functions(tree: ast.Module) -> list[str]:
    """Functions beyond the limit, docstring aside."""
    found = []
    for node in _functions(tree):
        words = ast.get_docstring(node, clean=False)
        lines = (node.end_lineno or node.lineno) - node.lineno + 1 - (len(words.splitlines()) if words else 0)
        if lines > FUNCTION_LINES:
            found.append(f"line {node.lineno}: {node.name} has {lines} lines")
    return found


def untyped_signatures(tree: ast.Module) -> list[str]:
    """Functions with an argument or a result that has no type."""
    return [f"line {node.lineno}: {node.name}" for node in _functions(tree) if not _is_typed(node)]


def _is_typed(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    stars = [star for star in (arguments.vararg, arguments.kwarg) if star]
    untyped = [a.arg for a in [*named, *stars] if a.annotation is None]
    return node.returns is not None and set(untyped) <= {"self", "cls"}


PRODUCT_RULES: list[Rule] = [
    forbidden_calls,
    unsafe_pickles,
    text_without_encoding,
    bare_or_swallowing_handlers,
    long_functions,
    untyped_signatures,
]
TEST_RULES: list[Rule] = [text_without_encoding, untyped_signatures, long_functions]


@pytest.mark.parametrize("rule", PRODUCT_RULES)
def test_the_product_keeps_the_rule(rule: Rule, trees: Mapping[str, ast.Module]) -> None:
    product = {file: tree for file, tree in trees.items() if file.startswith(PRODUCT)}
    assert [f"{file} {breach}" for file, tree in product.items() for breach in _but_cli_speaks(file, rule(tree))] == []


def _but_cli_speaks(file: str, breaches: list[str]) -> list[str]:
    is_cli = file.removeprefix("anchorcrafter_core/").startswith("cli")
    return [breach for breach in breaches if not (is_cli and breach.endswith("print()"))]


@pytest.mark.parametrize("rule", TEST_RULES)
def test_the_tests_keep_the_rule(rule: Rule, trees: Mapping[str, ast.Module]) -> None:
    tests = {file: tree for file, tree in trees.items() if not file.startswith(PRODUCT)}
    assert [f"{file} {breach}" for file, tree in tests.items() for breach in rule(tree)] == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (forbidden_calls, "print('hello')"),
        (forbidden_calls, "model.cuda()"),
        (forbidden_calls, "torch.cuda.empty_cache()"),
        (forbidden_calls, "cv2.imread(path)"),
        (forbidden_calls, "eval(words)"),
        (unsafe_pickles, "torch.load(path)"),
        (unsafe_pickles, "torch.load(path, weights_only=False)"),
        (unsafe_pickles, "pickle.loads(words)"),
        (text_without_encoding, "open(path)"),
        (text_without_encoding, "path.open('w')"),
        (text_without_encoding, "path.read_text()"),
        (bare_or_swallowing_handlers, "try:\n    f()\nexcept:\n    pass"),
        (bare_or_swallowing_handlers, "try:\n    f()\nexcept BaseException as error:\n    log(error)"),
        (long_functions, "def f():\n" + "    x = 1\n" * FUNCTION_LINES),
        (untyped_signatures, "def f(a, b: int) -> None: ..."),
        (untyped_signatures, "def f(a: int): ..."),
    ],
)
def test_the_rule_notices_a_breach(rule: Rule, source: str) -> None:
    assert rule(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "torch.load(path, weights_only=True)",
        "open(path, 'rb')",
        "open(path, mode='wb')",
        "open(path, encoding='utf-8')",
        "Image.open(path)",
        "av.open(str(path), 'w')",
        "try:\n    f()\nexcept BaseException:\n    g()\n    raise",
    ],
)
def test_the_rules_let_good_code_pass(source: str) -> None:
    assert [breach for rule in PRODUCT_RULES for breach in rule(ast.parse(source))] == []


def _texts(files: tuple[Path, ...], root: Path) -> dict[str, str]:
    sources = [path for path in files if path.suffix == ".py"]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sources}


def test_sources_are_ascii(files: tuple[Path, ...], root: Path) -> None:
    assert [file for file, text in _texts(files, root).items() if not text.isascii()] == []


def test_no_check_is_switched_off(files: tuple[Path, ...], root: Path) -> None:
    assert [file for file, text in _texts(files, root).items() if any(word in text for word in SUPPRESSIONS)] == []


def test_product_files_are_short(files: tuple[Path, ...], root: Path) -> None:
    lengths = {file: text.count("\n") for file, text in _texts(files, root).items() if file.startswith(PRODUCT)}
    assert {file: lines for file, lines in lengths.items() if lines > FILE_LINES} == {}


def test_product_files_say_what_they_are(trees: Mapping[str, ast.Module]) -> None:
    product = {file: tree for file, tree in trees.items() if file.startswith(PRODUCT)}
    assert [file for file, tree in product.items() if not ast.get_docstring(tree)] == []
