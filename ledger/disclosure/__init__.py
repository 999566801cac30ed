"""What the plan asks to publish by name: fees and investment projects."""
