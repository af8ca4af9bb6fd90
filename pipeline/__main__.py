"""`python -m pipeline` is `handbill`."""

from pipeline.cli import main

main()
