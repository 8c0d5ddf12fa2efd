"""`python -m jobs`: the same as `opcmatch`, for processes that start others."""

from jobs.cli import main

if __name__ == "__main__":
    main()
