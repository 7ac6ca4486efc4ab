"""From mail to ticket as it is usually written."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from typing import Any

from openai import OpenAI

from grader.letters import Mail
from grader.models import model

PROMPT = """Turn the mail into a ticket. Reply with JSON: order, category (delivery, refund, defect, account
or other), urgency (low, normal or high), summary, wanted_by (a date). The mail came on {received}."""


# --8<-- [start:naive]
def ticket(client: OpenAI, mail: Mail) -> dict[str, Any]:
    messages = [
        {"role": "system", "content": PROMPT.format(**mail)},
        {"role": "user", "content": mail["subject"] + "\n\n" + mail["body"]},
    ]
    reply = client.chat.completions.create(model=model("fast"), messages=messages)
    text = reply.choices[0].message.content
    return json.loads(re.search(r"\{.*\}", text, re.DOTALL)[0])


def handle(client: OpenAI, store: sqlite3.Connection, mail: Mail, deliver: Callable[..., None]) -> None:
    deliver(ticket(client, mail))
    store.execute("UPDATE mail SET state = 'done' WHERE id = ?", [mail["id"]])
    store.commit()


# --8<-- [end:naive]
