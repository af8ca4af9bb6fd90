"""
The ask, as readers get it.

1. `places` says where each stands in the article.
2. `links` builds the address behind each button, `money` and `deadline` say amounts and instants as readers write them.
3. `wording` puts what an ask says into words that both parts of the mail share.
4. `choices` orders the wordings of one place: by the reader's fields, then by the deadline.
5. `blocks` sets them for the theme, `text` for the text part.
"""

from pipeline.rendering.appeal.appeal_text import Setting, Wording
from pipeline.rendering.appeal.blocks import AppealBlock, Button, GoalBlock, set_block
from pipeline.rendering.appeal.choices import in_order
from pipeline.rendering.appeal.notices import notices
from pipeline.rendering.appeal.places import stretches
from pipeline.rendering.appeal.text_appeal import text_ask

__all__ = [
    "AppealBlock",
    "Button",
    "GoalBlock",
    "Setting",
    "Wording",
    "in_order",
    "notices",
    "set_block",
    "stretches",
    "text_ask",
]
