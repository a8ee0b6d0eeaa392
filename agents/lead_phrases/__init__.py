"""What leads say, mark by mark, as regular expressions over plain words (communications/french.py, without signs)."""
