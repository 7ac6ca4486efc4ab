"""Grading what others handed in: their code runs in a process of its own, tests, tape and verdict stay here.

    cohort -> desk =signed reports= job (pytest, the module's own test file)
                                     names -> lending, remote -> parent
                                              gateway -> tape      |  frames of strict JSON over a pipe
      the submission's process:      child -> worker, lent, transport -> wire

What holds with and without walls: nothing that a submission returns, raises, prints, writes into the pipe or
exits with makes a check pass, and a check that does not end by an honest answer fails. The grader's tape
answers its requests, and the checks read that tape's ledger, so calls cannot be pretended.

What the walls of `sandbox` add (Linux with bubblewrap; elsewhere `grader grade` refuses, unless told to
trust): no network, no process but its own, no file but the runtime, itself, a home in memory and the folder
that the checks' own files lie in; limits of time, memory and processes; a filter of system calls.

What does not hold: arguments cross as copies on purpose, since a submission that could change what it was
given could change what a check expects; so that it changed them is not seen here. The size of the shared
folder is not limited, and as root neither is the number of processes. The recordings are varied by a seed
(`record.vary`), in words that no file of the module holds and in counts of tokens; labels and figures in a
text are public. No grading stops somebody who hands in a copy of the published reference.
"""
