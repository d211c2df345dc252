"""The change feed: events in an order that a follower can rely on."""
