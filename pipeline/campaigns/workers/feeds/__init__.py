"""
Feeds: at a recurring time, each new entry is sent once.

An entry is identified by its GUID or link, so an edited one is not sent again. One that looks new but may be old is
held until a person decides (`repeats`). An entry is marked as done in the transaction that creates its campaign: after
a crash it has a campaign, or will get one.
"""

from pipeline.campaigns.workers.feeds.feed_campaigns import create_feed_campaigns, is_feed_due
from pipeline.campaigns.workers.feeds.followed_feeds import (
    FeedEdition,
    FeedReader,
    FollowedFeed,
    follow_feed,
    list_feeds,
    list_held,
    release_held,
    unfollow_feed,
)

__all__ = [
    "FeedEdition",
    "FeedReader",
    "FollowedFeed",
    "create_feed_campaigns",
    "follow_feed",
    "is_feed_due",
    "list_feeds",
    "list_held",
    "release_held",
    "unfollow_feed",
]
