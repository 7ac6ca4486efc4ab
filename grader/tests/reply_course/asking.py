"""What the tests of the tape use: every way of asking a model."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import httpx
import httpx2
import openai

from grader.models import model

URL = "https://api.openai.com/v1/chat/completions"


@cache
def client():
    return openai.OpenAI()


def body(question, **options):
    return {"model": model("fast"), "messages": [{"role": "user", "content": question}], **options}


def answer(question):
    return client().chat.completions.create(**body(question)).choices[0].message.content


def sdk_pause():
    return openai._base_client.INITIAL_RETRY_DELAY


def in_threads(question, times):
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda n: time.sleep(n / 700) or answer(question), range(times)))


def by_hand(question, old):
    library = httpx if old else httpx2
    return library.post(URL, json=body(question)).json()["choices"][0]["message"]["content"]


async def gathered(question, times, at_once):
    door = asyncio.Semaphore(at_once)
    async with openai.AsyncOpenAI() as client:

        async def one():
            async with door:
                reply = await client.chat.completions.create(**body(question))
            return reply.choices[0].message.content

        return await asyncio.gather(*(one() for _ in range(times)))


async def answer_soon(question, seconds):
    async with openai.AsyncOpenAI(max_retries=0) as client:
        async with asyncio.timeout(seconds):
            return (await client.chat.completions.create(**body(question))).choices[0].message.content


async def words(question):
    asked = body(question, stream=True)
    async with openai.AsyncOpenAI() as client, await client.chat.completions.create(**asked) as stream:
        async for chunk in stream:
            for choice in chunk.choices:
                if choice.delta.content:
                    yield choice.delta.content


def persists(question):
    while True:
        try:
            return answer(question)
        except Exception:
            continue
