"""`python -m grader.capstone`, for where the `cot` script is not on the path."""

from __future__ import annotations

import sys

from grader.capstone import main

sys.exit(main())
