"""
Edit: from an article to an issue.

The configuration, the article's front matter and the caller's options are combined here, without I/O.

1. `appeal_content` builds an appeal from the keys that set its content.
2. `appeal_positions` builds the configured appeals, at their positions and for whom they are.
3. `appeal_source` chooses between them and one found in the article, and says what is left out.
4. `edit` puts them next to the article, with its subject, preheader and language.
"""

from pipeline.editing.edit import build_publication, edit

__all__ = ["build_publication", "edit"]
