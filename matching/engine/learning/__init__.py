"""Learning from responses (从反馈中学习): a small model that is one more part of the score, or nothing.

`responses` says what was answered and what counts as accepted, `examples` sets the answers beside the parts of the
score, `verdict.learn` fits on the earlier ones, judges on the later ones, and keeps the result only if it is better.
`model.LearntModel` is what is kept, `calibration` what a score promises: "x of 10 were accepted".

The model reads the values of the parts of a score and nothing else: no id, no name, no attribute of a person.
"""
