"""The change feed: which number each event has, and pages of events by number."""
