"""Computes money in binary floats: 0.1 + 0.2 is 0.30000000000000004."""

CAUGHT_BY = ["test_cents_are_exact"]
HINT = 1


exact = evaluate


def evaluate(node: ast.AST, depth: int = 0) -> Any:
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return Decimal(float(evaluate(left, depth + 1)) + float(evaluate(right, depth + 1)))
    return exact(node, depth)


def calculate(expression: str) -> str:
    text = respelled(expression)
    try:
        return str(float(evaluate(ast.parse(text[:500], mode="eval").body)))
    except (SyntaxError, ValueError, MemoryError, RecursionError, ArithmeticError) as reason:
        raise NotArithmetic(str(reason)) from reason
