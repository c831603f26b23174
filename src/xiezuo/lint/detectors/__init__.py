"""What rules look for, apart from the rules: loops, chatter, headings, phrases, similarity."""
