"""Latencies with a cut-off: how long an animal stays, and what is known of one that stayed to the end."""
