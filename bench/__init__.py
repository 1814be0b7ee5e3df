"""Benchmarks: medians and ratios taken in one run, never timed tests. docs/performance.md says how to read them."""
