"""What pages of communications can show."""
