"""The grader of *Stateless*: replays recorded traffic and judges what the learner's code did with it."""
