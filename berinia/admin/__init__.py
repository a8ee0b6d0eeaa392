"""What all pages of the admin share: lists that never count big tables, acts that ask first, the dashboard."""
