"""What goes out and what comes back."""
