"""Speed, memory and accuracy beside what a user would pick instead, in one run: see docs/benchmarks.md."""
