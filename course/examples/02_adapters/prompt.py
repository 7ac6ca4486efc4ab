"""A conversation as Llama 3 reads it."""

from __future__ import annotations

from business import reference

MESSAGES = [
    {"role": "system", "content": "You answer for a bicycle shop."},
    {"role": "user", "content": "My brake squeals."},
]

if __name__ == "__main__":
    print(reference().llama_prompt(MESSAGES))
