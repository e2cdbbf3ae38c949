"""The commands of `rilascio`, one module a command or family."""
