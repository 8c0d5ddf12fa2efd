"""The worker's process and the command line: clocks and arguments in, services called, words out."""
