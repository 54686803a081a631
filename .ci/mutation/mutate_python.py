"""Mutations of Python source, found in its syntax tree."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One change of a source text: characters `start` to `end` become `text`."""

    operator: str
    line: int
    start: int
    end: int
    text: str

    def apply(self, source):
        return source[: self.start] + self.text + source[self.end :]


COMPARISONS = {
    ast.Lt: ("<", ["<=", ">="]),
    ast.LtE: ("<=", ["<", ">"]),
    ast.Gt: (">", [">=", "<="]),
    ast.GtE: (">=", [">", "<"]),
    ast.Eq: ("==", ["!="]),
    ast.NotEq: ("!=", ["=="]),
    ast.In: ("in", ["not in"]),
    ast.NotIn: ("not in", ["in"]),
    ast.Is: ("is", ["is not"]),
    ast.IsNot: ("is not", ["is"]),
}
ARITHMETIC = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)


def mutations(source, left_out=()):
    """All mutations of a source, in its order. Functions and assigned names in `left_out` stay as they are."""
    finder = Finder(source, left_out)
    finder.visit(ast.parse(source))
    return sorted(finder.found, key=lambda mutation: (mutation.start, mutation.end, mutation.operator, mutation.text))


class Finder(ast.NodeVisitor):
    def __init__(self, source, left_out):
        self.source = source
        self.left_out = left_out
        self.found = []
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.lines = source.splitlines()

    def offset(self, line, column):
        """The index of a character; the tree counts columns in bytes."""
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node):
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def text(self, node):
        start, end = self.span(node)
        return self.source[start:end]

    def add(self, operator, node, text):
        start, end = self.span(node)
        self.found.append(Mutation(operator, node.lineno, start, end, text))

    def add_between(self, operator, left, right, old, new):
        """Replaces the operator between two operands."""
        after, before = self.span(left)[1], self.span(right)[0]
        at = self.source.find(old, after, before)
        if at >= 0:
            self.found.append(Mutation(operator, left.end_lineno, at, at + len(old), new))

    def visit_FunctionDef(self, node):
        if node.name not in self.left_out:
            for statement in node.body:
                self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_AnnAssign(self, node):
        if node.value is not None and self.text(node.target) not in self.left_out:
            self.visit(node.value)

    def visit_Assign(self, node):
        if self.text(node.targets[0]) not in self.left_out:
            self.visit(node.value)

    def visit_Raise(self, _):
        """What is raised does not show on the wire except for its code, see visit_Attribute."""

    def visit_JoinedStr(self, _):
        pass

    def visit_Compare(self, node):
        old, others = COMPARISONS[type(node.ops[0])]
        for new in others:
            self.add_between("compare", node.left, node.comparators[0], old, new)
        self.generic_visit(node)

    def visit_BinOp(self, node):
        if type(node.op) in ARITHMETIC:
            self.add_between("arithmetic", node.left, node.right, *ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        if type(node.op) in ARITHMETIC:
            old, new = ARITHMETIC[type(node.op)]
            self.add_between("arithmetic", node.target, node.value, f"{old}=", f"{new}=")
        self.visit(node.value)

    def visit_BoolOp(self, node):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        self.add_between("logic", node.values[0], node.values[1], old, new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            self.add("not", node, self.text(node.operand))
        self.generic_visit(node)

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            self.add("boolean", node, str(not node.value))
        elif isinstance(node.value, int):
            for value in numbers(node.value, self.text(node).startswith("0x")):
                self.add("constant", node, str(value))

    def visit_If(self, node):
        if isinstance(node.body[-1], LEAVING):
            self.add("removed check", node.test, "False")
        self.add("negated check", node.test, f"(not ({self.text(node.test)}))")
        self.generic_visit(node)

    def visit_Return(self, node):
        if node.value is not None and not isinstance(node.value, ast.Constant):
            self.add("return", node.value, "None")
        self.generic_visit(node)

    def visit_Expr(self, node):
        if isinstance(node.value, ast.Constant):
            return
        self.add("removed call", node, "pass")
        self.generic_visit(node)


def numbers(value, is_mask):
    """The replacements of a number: its neighbours, and for a mask the one without its highest bit."""
    return [value + 1, value - 1] + ([value >> 1] if is_mask and value > 3 else [])
