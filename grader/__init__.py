"""The grader of *Stateless*: replays recorded provider traffic and judges what the learner's code did with it."""
