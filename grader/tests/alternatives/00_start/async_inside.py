"""The asynchronous client, run to its end inside a plain function."""

import asyncio

from openai import AsyncOpenAI

from grader.models import model


async def reply_to(messages):
    async with AsyncOpenAI(max_retries=5) as client:
        reply = await client.chat.completions.create(messages=messages, model=model("fast"))
    return reply.choices[0].message.content


def ask(messages):
    return asyncio.run(reply_to(messages))


def tell(messages, text):
    asked = messages + [{"content": text, "role": "user"}]
    return asked + [{"content": ask(asked), "role": "assistant"}]
