"""
What publishing platforms put into and around an article.

    attribute_words     words that only a script of the platform shows
    furniture           buttons, sign-up boxes, players, footers
    link_cards          cards that stand for a link
    microformats        author, date and address named by classes in the page
"""
