"""
The images of an email.

1. `email_image` finds the image of each `src`: remote ones are linked, local ones attached.
2. `convert_image` makes a file one that every email program shows: format, size, colors, the right way up.
3. `strip_metadata` removes what a file says about the person who made it.
4. `image_findings` tells what was done, and what was left out.
"""
