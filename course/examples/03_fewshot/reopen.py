"""Opens a folder of examples in a process of its own, with Chroma alone: python reopen.py FOLDER TEXT"""

from __future__ import annotations

import sys

import chromadb

# --8<-- [start:reopen]
from grader.shelf import embedding_function

embedding_function()  # registers the name under which Chroma stored it


def nearest_label(folder: str, text: str) -> str:
    """The label of the nearest example, by the embedding that the folder names."""
    collection = chromadb.PersistentClient(folder).get_collection("examples")
    return collection.query(query_texts=[text], n_results=1)["metadatas"][0][0]["label"]


# --8<-- [end:reopen]

if __name__ == "__main__":
    print(nearest_label(sys.argv[1], sys.argv[2]))
