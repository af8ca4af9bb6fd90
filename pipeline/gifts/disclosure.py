"""What reports may tell: nobody's gift can be told from a figure."""

from __future__ import annotations

#: Fewer gifts than these have no figures: their number and sum could be known to belong to somebody.
FEWEST = 10
