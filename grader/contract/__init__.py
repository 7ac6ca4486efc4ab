"""What may cross between a test and the learner's code: plain data, through a facade, from one side."""
