"""What the columns of a subscriber file contain, above all what they say about consent."""
