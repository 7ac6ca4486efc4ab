"""Cut the addresses of other hosts out of the theme's scripts.

Material's script would fetch a diagram library, a polyfill for old browsers, and the stars of a repository.
This site uses none of them, and without the addresses no browser and no later option can make it start.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ADDRESS = re.compile(r"https://(?:unpkg\.com|api\.github\.com)/[^\"'`$]*")
NOTHING = "data:text/javascript,"


def on_post_build(config: Any, **_: Any) -> None:
    """Rewrite the scripts of the built site in place."""
    for path in Path(config["site_dir"]).rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        if (cut := ADDRESS.sub(NOTHING, text)) != text:
            path.write_text(cut, encoding="utf-8")
