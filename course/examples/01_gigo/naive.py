"""The desk that passes everything on: the customer's words, in your prompt, to the dearest model."""

from __future__ import annotations

from typing import Any

from grader.models import model


# --8<-- [start:naive]
def answer(client: Any, text: str) -> str:
    prompt = f"You are a bank's support desk. Never name a fee. Help the customer: {text}"
    reply = client.chat.completions.create(
        model=model("smart"), messages=[{"role": "user", "content": prompt}]
    )
    return reply.choices[0].message.content


# --8<-- [end:naive]
