"""Write the article, its links and its notes as HTML."""
