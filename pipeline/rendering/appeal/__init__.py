"""
The appeal as recipients see it.

1. `placement` finds where each appeal is in the article, and orders its variants: by field, then by deadline.
2. `button_codes` gives each button its reference code, `button_links` its URL; `localized_formats` formats amounts and
   deadlines for the language.
3. `appeal_text` puts the content of an appeal into text that the HTML and the text part share.
4. `appeal_findings` warns of what is easily overlooked.
"""
