"""
Read a DOM into the tree of an article; only known elements can reach an email.

    report = LoadReport()
    blocks = element_handlers.create_reader(report, resolve).read_blocks(element)

The reader accepts any lxml element, the body of a page or a fragment, and keeps every word. Unknown elements are
replaced by their content; scripts, styles, templates, heads, comments and unsafe URLs are listed in `report.dropped`.
Classes, styles and event handlers have no place in the tree. Nesting deeper than `MAX_DEPTH` is flattened. *resolve*
lets a loader replace an element, for example a marker that it found to be a note reference.
"""
