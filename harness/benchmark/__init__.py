"""The benchmark behind `harness.bench`: a made-up company of any size, and the floor that release is held against."""
