"""Import subscribers from the exports of other systems."""
