"""From what people type to what a voice can say."""
