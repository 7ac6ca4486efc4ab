"""Puts the query into the template: what a customer writes becomes a rule of the bank."""

CAUGHT_BY = ["test_no_query_changes_the_system_role"]
HINT = 3


def framed(system: str, query: str) -> Messages:
    asked = {"role": "user", "content": f"<query>\n{escape(query)}\n</query>"}
    return [{"role": "system", "content": f"{system}\nThe customer's query: {query}"}, asked]
