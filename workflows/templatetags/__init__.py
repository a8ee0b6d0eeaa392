"""What the pages about workflows need in their templates."""
