"""What operators see: signs of life."""
