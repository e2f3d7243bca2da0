"""What a visitor meets: the questions, the result and the way out."""
