"""What the benchmark and the server that it measures agree on, for those who must not load Django."""

BARE = "/bench/bare/"
LEAST = "/bench/least"
LEAST_BARE = f"{LEAST}{BARE}"
COST_HEADER = "X-Bench-Milliseconds"  # of processor time that the application took for the answer
