"""
Read what stands above an article: YAML between `---`, TOML between `+++`, or Pandoc's lines that begin with `%`.

    matter, rest = take_front_matter(text, address)

Keys: `title`, `subtitle`; `byline`, `authors` or `author`; `published` or `date`; `language` or `lang`; `subject`,
`preheader`; `canonical_url` or `canonical`; `image`, an address or `{src, alt, caption, credit}`; `appeal`, the keys of
the configuration's section of that name. Whatever else stands there is listed as left out, flattened.
"""

from __future__ import annotations

from pipeline.loaders.shared.front_matter.values import ParsedFrontMatter, read_front_matter

__all__ = ["ParsedFrontMatter", "read_front_matter"]
