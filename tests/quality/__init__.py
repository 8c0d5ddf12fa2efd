"""How good the matches are: a gold set made by hand, measures, other systems to compare with, a tool to tune by."""
