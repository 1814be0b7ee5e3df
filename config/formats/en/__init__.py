"""English: the month as a word, since 03/11 is two different days on the two sides of the Atlantic."""
