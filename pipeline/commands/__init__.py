"""The commands: one file a feature, with what it does, its options, its help and its examples."""
