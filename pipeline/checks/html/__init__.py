"""Checks of the HTML part: structure, anchors, styles and client support."""
