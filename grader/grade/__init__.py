"""Grading what others handed in: their code runs in a process of its own, tests, tape and verdict stay here.

    cohort -> desk =signed reports= job (pytest, the module's own test file)
                                     names -> lending, remote -> parent
                                              gateway -> tape      |  frames of strict JSON over a pipe
      the submission's process:      child -> worker, lent, transport -> wire

What holds without a sandbox: nothing that a submission returns, raises, prints, writes into the pipe or
exits with makes a check pass, and a check that does not end by an honest answer fails. The grader's tape
answers its requests, and the checks read that tape's ledger, so calls cannot be pretended.

What does not hold: the submission runs as the same user. It can kill the grader (its own grade is then an
error), read the public recordings and the reference, reach the network past the block against accidents,
leave processes behind and write files. A wall against that belongs into `sandbox.command`; fresh recordings
go into `--cassettes`. No grading stops somebody who hands in a copy of the published reference.
"""
