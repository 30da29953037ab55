"""How cells of groups fire: rate, regularity, width, bursts and cells per track."""
