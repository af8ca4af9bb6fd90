"""
Read front matter: YAML between `---`, TOML between `+++`, JSON, Pandoc's title block, or plain `Key: value` lines.

    front_matter, rest = read_front_matter(text, location)

Keys, in any case: `title`, `subtitle`; `byline`, `authors` or `author`; `published`, `date` and other names of a date;
`language` or `lang`; `subject`, `preheader`; `canonical_url` or `canonical`; `image`, a URL or
`{src, alt, caption, credit}`; `appeal`, the keys of that section of the configuration; `draft: true` or
`published: false` marks a draft; `detect_appeal: false`, the text has no appeal;
`fields: false`, `{{ name }}` is text. All other values are reported as dropped.
"""

from __future__ import annotations

from pipeline.loaders.shared.front_matter.fields import ParsedFrontMatter, read_front_matter

__all__ = ["ParsedFrontMatter", "read_front_matter"]
