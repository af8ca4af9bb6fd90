"""
The preview: the mail beside the text while it is written, on this machine alone.

1. `studio` renders an article and says what there is to know of it; again after every change `watching` sees.
2. `simulate` shows a letter as some kind of client would, `frames` puts it where nothing of it can run or load.
3. `panels` says what the letter holds; `readers` as whom it can be seen.
4. `outboxes` and `catching` bring messages that were made before, or by other programs.
5. `app` answers the browser, behind `guard`; `serving` starts it all.
"""
