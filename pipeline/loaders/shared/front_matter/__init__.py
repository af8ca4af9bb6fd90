"""
Read front matter: YAML between `---`, TOML between `+++`, or Pandoc's title block of lines that begin with `%`.

    front_matter, rest = read_front_matter(text, location)

Keys: `title`, `subtitle`; `byline`, `authors` or `author`; `published` or `date`; `language` or `lang`; `subject`,
`preheader`; `canonical_url` or `canonical`; `image`, a URL or `{src, alt, caption, credit}`; `appeal`, the keys of that
section of the configuration; `detect_appeal: false`, the text has no appeal; `fields: false`, `{{ name }}` is text.
All other values are reported as dropped.
"""

from __future__ import annotations

from pipeline.loaders.shared.front_matter.fields import ParsedFrontMatter, read_front_matter

__all__ = ["ParsedFrontMatter", "read_front_matter"]
