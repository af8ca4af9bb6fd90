"""
Edit: from an article to an issue.

What the configuration says, what the article's author asks for and what the caller gives meet here; nothing is read
from the world.

1. `asks` makes an ask of the keys that say what it says.
2. `appeals` settles which asks there are, where they stand and for whom.
3. `issues` puts them beside the article, with its subject, preheader and language.
"""

from pipeline.editing.edit import edit, publication

__all__ = ["edit", "publication"]
