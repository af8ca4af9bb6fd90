"""The routes of the preview: index pages, views of a document, actions."""
