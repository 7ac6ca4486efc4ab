"""The naive desk on its recording: python course/examples/01_gigo/naive_demo.py"""

from __future__ import annotations

from naive import answer
from openai import OpenAI
from recorded import RUDE, VAGUE, playing


def main() -> None:
    """Print what it says to a vague query, and to a customer who writes rules of their own."""
    with playing("naive"):
        client = OpenAI()
        for text in (VAGUE, RUDE):
            print(f"> {text}\n{answer(client, text)}\n")


if __name__ == "__main__":
    main()
