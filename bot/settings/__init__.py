"""Every setting people can change: its values, its default, its words."""
