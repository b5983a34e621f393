"""What every page shares: words, colours and marks, forms, charts, countries, time zones and the reading of translations."""
