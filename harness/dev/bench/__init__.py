"""The benchmark: a made-up company of any size, its release and restore, and the floor that they are held against."""
