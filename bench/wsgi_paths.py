"""Where the bare view is, for those who must not load Django."""

BARE = "/bench/bare/"
LEAST = "/bench/least"
LEAST_BARE = f"{LEAST}{BARE}"
