"""Write tables as HTML: in columns, in rows that are stacked on a phone, or as a list (`table_plan`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.markup import escape_html
from pipeline.models.article import Block, Cell, Inline, Table
from pipeline.models.article_text import plain_text
from pipeline.models.finding import Finding, Severity
from pipeline.rendering.html.table_plan import TableForm, TablePlan, measure_text, plan_table
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.locales import isolate_html

_TABLE = 'border="0" cellpadding="0" cellspacing="0" width="100%"'
#: A wider text does not stand beside the name of its column on a phone, but below it.
_LONG_PX = 160
#: The head of a table whose rows are stacked unless a style sheet says otherwise. Classic Outlook knows no stacking,
#: but would hide the head.
_STACKED_HEAD = "<!--[if mso]><thead><![endif]--><!--[if !mso]><!--><thead><!--<![endif]-->"


class ContentWriter(Protocol):
    """What writes the content of a table."""

    def write_cell(self, blocks: tuple[Block, ...]) -> str:
        """Return the content of a cell."""

    def write_phrase(self, inlines: tuple[Inline, ...]) -> str:
        """Return *inlines* that cannot be blocks."""


@dataclass(kw_only=True)
class TableHtmlWriter:
    """
    Writes the tables of one email.

    Args:
        width_px: The width of a line of text in a large window; *page_px* with its margins.
        findings: Gets what cannot be shown well.

    Attributes:
        stacking_px: The widest window in which rows are stacked or listed, 0 if they are nowhere.
        has_tables: A table has been written.
    """

    content: ContentWriter
    translations: Translations
    direction: str
    width_px: int
    page_px: int
    findings: list[Finding]
    stacking_px: int = 0
    has_tables: bool = False

    def write(self, table: Table, *, inset_px: int = 0) -> str:
        """Return *table*, which is *inset_px* narrower than the text around it."""
        plan = plan_table(table, width_px=self.width_px, page_px=self.page_px, inset_px=inset_px)
        self.has_tables = True
        self.findings += _find_problems(table, plan)
        caption = self.content.write_phrase(table.caption) if table.caption else ""
        if plan.form is not TableForm.COLUMNS:
            self.stacking_px = max(self.stacking_px, plan.stacking_px)
        if plan.form is TableForm.LIST:
            return self._write_list(table, plan, caption)
        classes = "data"
        if plan.form is TableForm.STACKED:
            classes = "stack dense" if plan.is_dense else "stack"
        head = f"<caption>{caption}</caption>" if caption else ""
        if table.header:
            start = _STACKED_HEAD if plan.form is TableForm.STACKED else "<thead>"
            head += f"{start}{self._write_header(table, plan)}</thead>"
        rows = "\n".join(
            self._write_row(plan, index, is_first=index == 0 and not table.header)
            for index in range(len(plan.rows))
        )
        return (
            f'<div class="block"><table class="{classes}" {_TABLE}>'
            f"{head}<tbody>{rows}</tbody></table></div>"
        )

    def _write_header(self, table: Table, plan: TablePlan) -> str:
        """Write the names of the columns; an empty cell is the heading of nothing."""
        html, column = "", 0
        for cell in table.header:
            tag, scope = ("th", ' scope="col"') if cell.blocks else ("td", "")
            html += self._write_cell(cell, column, plan, tag=tag, scope=scope, is_first=True)
            column += cell.colspan
        return f"<tr>{html}</tr>"

    def _write_row(self, plan: TablePlan, index: int, *, is_first: bool) -> str:
        """Write a row; where rows are stacked, what a cell above spans is repeated in each of them."""
        html, row = "", plan.rows[index]
        for column, cell in enumerate(row):
            if cell is not None:
                scope = ""
                if column == 0 and plan.has_row_headers and cell.colspan == 1:
                    scope = ' scope="rowgroup"' if cell.rowspan > 1 else ' scope="row"'
                tag = "th" if scope else "td"
                html += self._write_cell(
                    cell, column, plan, tag=tag, scope=scope, is_first=is_first
                )
            elif plan.form is TableForm.STACKED:
                html += self._repeat(plan, index, column)
        return f"<tr>{html}</tr>"

    def _repeat(self, plan: TablePlan, index: int, column: int) -> str:
        cell = plan.filled[index][column]
        text = " ".join(plain_text(cell).split()) if cell else ""
        if not text or cell in plan.filled[index][:column]:
            return ""
        label = self._write_label(plan, column, 1)
        classes = "again long" if measure_text(text) > _LONG_PX else "again"
        html = f'<td class="{classes}">{label}{escape_html(text)}</td>'
        return f"<!--[if !mso]><!-->{html}<!--<![endif]-->"

    def _write_cell(
        self, cell: Cell, column: int, plan: TablePlan, *, tag: str, scope: str, is_first: bool
    ) -> str:
        """Write a cell; the last one of a row, if aligned to the end of the line, ends where the text does."""
        spans = "".join(
            f' {name}="{number}"'
            for name, number in (("colspan", cell.colspan), ("rowspan", cell.rowspan))
            if number != 1
        )
        is_stacked = plan.form is TableForm.STACKED
        end = "left" if self.direction == "rtl" else "right"
        classes, styles = [], []
        if tag == "th" and "row" in scope:
            classes.append("row")
        is_last = column + cell.colspan >= plan.columns
        if cell.align == end and (is_stacked or is_last):
            classes.append("num end" if is_stacked and is_last else "num")
        elif cell.align == "center" and is_stacked:
            classes.append("mid")
        elif cell.align and not is_stacked:
            styles.append(f"text-align:{cell.align}")
        if is_first and column < len(plan.min_widths_px) and plan.min_widths_px[column]:
            styles.append(f"min-width:{plan.min_widths_px[column]}px")
        label = ""
        if is_stacked and "col" not in scope and cell.blocks:
            label = self._write_label(plan, column, cell.colspan)
            if label and measure_text(plain_text(cell)) > _LONG_PX:
                classes.append("long")
        attributes = f' class="{" ".join(classes)}"' if classes else ""
        attributes += f' style="{";".join(styles)}"' if styles else ""
        content = self.content.write_cell(cell.blocks)
        return f"<{tag}{scope}{spans}{attributes}>{label}{content}</{tag}>"

    def _write_label(self, plan: TablePlan, column: int, span: int) -> str:
        """Write the names of the columns before what is in them; a cell across a whole row needs none."""
        names = list(dict.fromkeys(filter(None, plan.names[column : column + span])))
        if not names or 1 < span == plan.columns:
            return ""
        name = " · ".join(names).rstrip(" :：")
        label = self.translations.labelled.format(label=name, text="").rstrip()
        html = escape_html(label)
        html += "".join(f"<sup>{number}</sup>" for number in plan.references.get(column, ()))
        return f'<span class="column">{isolate_html(label, self.direction, html=html)} </span>'

    def _write_list(self, table: Table, plan: TablePlan, caption: str) -> str:
        """Write the names of the columns, and the rows below one another, each a cell of its own."""
        records = [f"<td>{self._write_items(plan, row)}</td>" for row in plan.rows]
        if table.header:
            cells = (self.content.write_cell(cell.blocks) for cell in table.header)
            headings = ' <span class="column">·</span> '.join(filter(None, cells))
            records.insert(0, f'<td class="headings">{headings}</td>')
        head = f'<p class="caption">{caption}</p>' if caption else ""
        body = "\n".join(f"<tr>{record}</tr>" for record in records)
        return f'<div class="block">{head}<table role="presentation" class="data" {_TABLE}>{body}</table></div>'

    def _write_items(self, plan: TablePlan, row: list[Cell | None]) -> str:
        html = ""
        for column, cell in enumerate(row):
            if cell is not None and cell.blocks:
                label = self._write_label(plan, column, cell.colspan)
                content = self.content.write_cell(cell.blocks)
                if column == 0 and plan.has_row_headers:
                    content = f"<strong>{content}</strong>"
                html += f"<div>{label}{content}</div>"
        return html


def _find_problems(table: Table, plan: TablePlan) -> Iterator[Finding]:
    """Yield a finding if the table loses something of its form."""
    text = " ".join(plain_text(table).split())
    where = f'the table "{text[:60].rstrip()}…"' if len(text) > 60 else f'the table "{text}"'
    if plan.form is TableForm.LIST:
        yield Finding(
            code="table.too-wide",
            severity=Severity.WARNING,
            where=where,
            message=f"An email has no room for its {plan.columns} columns, "
            "so each row is shown as a list, one cell below the other.",
            hint="Leave columns out, split the table, or exchange rows and columns.",
        )
    elif plan.form is TableForm.STACKED and _lacks_names(table, plan):
        yield Finding(
            code="table.headings-missing",
            severity=Severity.WARNING,
            where=where,
            message="On a phone the cells of a row stand below one another, each behind the heading of its column; "
            "some columns have no heading of their own.",
            hint="Give every column a heading; merge no headings.",
        )


def _lacks_names(table: Table, plan: TablePlan) -> bool:
    """Whether a column other than the first has cells but no heading of its own."""
    if any(cell.colspan > 1 for cell in table.header):
        return True
    used = {column for row in plan.rows for column, cell in enumerate(row) if cell and cell.blocks}
    return any(not plan.names[column] for column in used if column)
