"""The version of Handbill, and nothing else."""

__version__ = "0.1.0"
