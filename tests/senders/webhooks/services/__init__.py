"""Email services as they report, each with the structure of its documentation."""
