"""
What of another data set may be ours: the matching that links, reconciliation and imports share.

- `record`: what is compared, and what comes of it
- `names`, `places`, `units`, `descriptions`: names taken apart, without looking at any other
- `identifiers`: check digits; codes within their scheme
- `gates`: what makes two records different things however alike their names are
- `firms`, `sites`, `things`: firms, mines and places, and concepts side by side; `concepts` compares words
- `verdict`, `reasons`, `score`: scores, two thresholds, and why, in both languages
- `candidates`, `matcher`: which of many are looked at
"""
